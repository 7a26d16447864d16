"""Amazon as the settings have it: sellers, credentials from the environment or files, and the data to ask for."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from gateways.amazon.sp_api.client import ENDPOINTS
from gateways.amazon.sp_api.gateway import AmazonGateway
from gateways.amazon.sp_api.open_account import AmazonAccess, opened_account, opened_subscriptions
from gateways.amazon.sp_api.rates import AmazonBudget
from gateways.amazon.sp_api.sign_in import LWA_URL, LwaKeys
from gateways.amazon.sp_api.subscription import SubscriptionClient
from gateways.http.client import Conditions
from ledger.ledger import Ledger
from operations.communication_errors import LedgerErrorLog
from operations.rate_buckets import LedgerBuckets
from schemas.amazon_sellers import AmazonSeller
from schemas.errors import SettingsError
from schemas.settings import Settings
from workers.process.secrets import secret_of


@contextmanager
def opened_accounts(settings: Settings, ledger: Ledger) -> Iterator[Mapping[str, AmazonGateway]]:
    """Open the accounts of all sellers, by the sellers' names. Raises SettingsError for missing settings."""
    with ExitStack() as stack:
        yield {seller.name: stack.enter_context(opened_amazon(seller, ledger)) for seller in settings.sellers}


@contextmanager
def opened_amazon(seller: AmazonSeller, ledger: Ledger) -> Iterator[AmazonGateway]:
    """Open a seller's account; its rates are shared through *ledger*. Raises SettingsError for missing settings."""
    with opened_account(_access(seller), _conditions(seller, ledger)) as client:
        seller_id, included = seller.amazon_seller_id or "", included_data(seller)
        yield AmazonGateway(client, seller_id, included, is_one_of_several=not seller.is_only)


@contextmanager
def opened_notifications(seller: AmazonSeller, ledger: Ledger) -> Iterator[SubscriptionClient]:
    """Open a seller's subscription to notifications. Raises SettingsError for missing settings."""
    with opened_subscriptions(_access(seller), _conditions(seller, ledger)) as subscriptions:
        yield subscriptions


def _access(seller: AmazonSeller) -> AmazonAccess:
    secrets = ("amazon_client_id", "amazon_client_secret", "amazon_refresh_token")
    keys = LwaKeys(*(secret_of(seller, name, seller.variable(name)) for name in secrets))
    url = seller.amazon_url or ENDPOINTS[seller.amazon_region]
    return AmazonAccess(url, seller.amazon_sign_in_url or LWA_URL, keys)


def _conditions(seller: AmazonSeller, ledger: Ledger) -> Conditions:
    budget = AmazonBudget(seller.account, LedgerBuckets(ledger))
    return Conditions(budget=budget, error_log=LedgerErrorLog(ledger), seller=seller.name or None)


def included_data(seller: AmazonSeller) -> tuple[str, ...]:
    """Return the data sets to ask for; the fulfillment, which has the status, always."""
    return tuple(dict.fromkeys([*seller.amazon_included_data.split(","), "FULFILLMENT"]))


def queue_url_of(seller: AmazonSeller) -> str:
    """Return the URL of the queue of a seller's notifications. Raises SettingsError when it is missing."""
    if not seller.amazon_queue_url:
        variable = seller.variable("amazon_queue_url")
        raise SettingsError(f"{variable} is missing: the SQS queue that Amazon's notifications come to.")
    return seller.amazon_queue_url
