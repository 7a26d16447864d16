"""Settings as people may see them: without secrets."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from events.rabbitmq.url import redacted_url as redacted_broker
from ledger.database.database_url import redacted_url as redacted_database
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
    return ShownSettings(settings=shown, unknown=tuple(unknown_variables(dict(environment))))


def _shown(settings: Settings, name: str) -> Any:
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
