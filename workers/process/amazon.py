"""Amazon as the settings have it: seller, credentials from the environment or files, and the data to ask for."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateways.amazon.sp_api.client import ENDPOINTS
from gateways.amazon.sp_api.gateway import AmazonGateway
from gateways.amazon.sp_api.open_account import AmazonAccess, opened_account, opened_subscriptions
from gateways.amazon.sp_api.rates import AmazonBudget
from gateways.amazon.sp_api.sign_in import LWA_URL, LwaKeys
from gateways.amazon.sp_api.subscription import SubscriptionDesk
from gateways.http.client import Conditions
from ledger.ledger import Ledger
from operations.communication_errors import LedgerErrorLog
from operations.rate_buckets import LedgerBuckets
from schemas.errors import SettingsError
from schemas.settings import PREFIX, Settings
from workers.process.secrets import secret_of


@contextmanager
def opened_amazon(settings: Settings, ledger: Ledger) -> Iterator[AmazonGateway]:
    """Open the seller's account; its rates are shared through *ledger*. Raises SettingsError for missing settings."""
    with opened_account(_access(settings), _conditions(settings, ledger)) as client:
        yield AmazonGateway(client, seller_of(settings), included_data(settings))


@contextmanager
def opened_notifications(settings: Settings, ledger: Ledger) -> Iterator[SubscriptionDesk]:
    """Open the seller's subscription to notifications. Raises SettingsError for missing settings."""
    with opened_subscriptions(_access(settings), _conditions(settings, ledger)) as desk:
        yield desk


def _access(settings: Settings) -> AmazonAccess:
    keys = LwaKeys(
        secret_of(settings, "amazon_client_id"),
        secret_of(settings, "amazon_client_secret"),
        secret_of(settings, "amazon_refresh_token"),
    )
    url = settings.amazon_url or ENDPOINTS[settings.amazon_region]
    return AmazonAccess(url, settings.amazon_sign_in_url or LWA_URL, keys)


def _conditions(settings: Settings, ledger: Ledger) -> Conditions:
    budget = AmazonBudget(seller_of(settings), LedgerBuckets(ledger))
    return Conditions(budget=budget, error_log=LedgerErrorLog(ledger))


def seller_of(settings: Settings) -> str:
    """Return the seller's id. Raises SettingsError when it is missing."""
    if not settings.amazon_seller_id:
        raise SettingsError(f"{PREFIX}AMAZON_SELLER_ID is missing: the seller's id, as Seller Central shows it.")
    return settings.amazon_seller_id


def included_data(settings: Settings) -> tuple[str, ...]:
    """Return the data sets to ask for; the fulfillment, which has the status, always."""
    return tuple(dict.fromkeys([*settings.amazon_included_data.split(","), "FULFILLMENT"]))
