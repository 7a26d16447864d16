"""Settings as people may see them: without secrets."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from events.rabbitmq.url import redacted_url as redacted_broker
from ledger.database.database_url import redacted_url as redacted_database
from schemas.amazon_sellers import LISTED, AmazonSeller
from schemas.amazon_settings import AmazonSettings
from schemas.masked_urls import masked_url
from schemas.settings import PREFIX, Settings, unknown_variables
from schemas.value import Value


class ShownSettings(Value):
    """Every setting by its variable, and a sentence for each variable with the prefix that is no setting.

    URLs have no password; of another secret only that it is set.
    """

    settings: dict[str, Any]
    unknown: tuple[str, ...]


def show_settings(settings: Settings, environment: Mapping[str, str]) -> ShownSettings:
    """Return the settings in force, and the unknown variables of the environment."""
    shown = {PREFIX + name.upper(): _shown(settings, name) for name in Settings.model_fields}
    shown[PREFIX + LISTED] = ",".join(seller.name for seller in settings.amazon_sellers or ()) or None
    for seller in settings.amazon_sellers or ():
        own = {name: _shown(seller, name) for name in AmazonSettings.model_fields if _is_own(settings, seller, name)}
        shown |= {seller.variable(name): value for name, value in own.items()}
    return ShownSettings(settings=shown, unknown=tuple(unknown_variables(dict(environment))))


def _is_own(settings: Settings, seller: AmazonSeller, name: str) -> bool:
    return bool(getattr(seller, name) != getattr(settings, name))


def _shown(settings: AmazonSettings, name: str) -> Any:
    value = getattr(settings, name)
    if not isinstance(value, SecretStr):
        return masked_url(value) if name.endswith("_url") and value else value
    secret = value.get_secret_value()
    match name:
        case "database_url":
            return redacted_database(secret)
        case "broker_url":
            return secret if secret.startswith("memory://") else redacted_broker(secret)
    return "(set)"
