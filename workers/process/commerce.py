"""Commerce as the settings have it: credentials from the environment or files, the shop opened with them."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateways.commerce.creation import StockMode
from gateways.commerce.entities import Payment
from gateways.commerce.ims import ImsKeys
from gateways.commerce.lookup import Catalog
from gateways.commerce.oauth import OAuthKeys
from gateways.commerce.open_shop import Shop, ShopAccess, ShopOptions, opened_shop
from gateways.http.client import Conditions
from ledger.ledger import Ledger
from operations.communication_errors import LedgerErrorLog
from schemas.errors import SettingsError
from schemas.settings import PREFIX, Settings
from workers.process.secrets import secret_of


@contextmanager
def opened_commerce(settings: Settings, ledger: Ledger) -> Iterator[Shop]:
    """Open the shop of the settings. Raises SettingsError for credentials that are missing."""
    options = ShopOptions(
        mode=StockMode(settings.commerce_stock),
        payment=Payment(settings.commerce_payment_method, settings.commerce_shipping_method),
        mailbox=settings.commerce_mailbox,
        module_path=settings.commerce_module_path,
        catalog=Catalog(settings.commerce_website, settings.commerce_asin_attribute),
    )
    if options.mode is StockMode.CART and not options.mailbox:
        raise SettingsError(
            f"{PREFIX}COMMERCE_MAILBOX is missing; Commerce sends the confirmation of a cart's order there."
        )
    conditions = Conditions(calls=settings.commerce_calls, error_log=LedgerErrorLog(ledger))
    with opened_shop(
        access_of(settings), options, ledger.documents, lambda: ledger.now().timestamp(), conditions
    ) as shop:
        yield shop


def access_of(settings: Settings) -> ShopAccess:
    """Return where the shop is, and its credentials. Raises SettingsError when one is missing."""
    if settings.commerce_ims_organization:
        ims = ImsKeys(
            secret_of(settings, "commerce_ims_client_id"),
            secret_of(settings, "commerce_ims_client_secret"),
            settings.commerce_ims_organization,
        )
        return ShopAccess(settings.commerce_url or "", ims, settings.commerce_ims_url)
    keys = OAuthKeys(
        secret_of(settings, "commerce_consumer_key"),
        secret_of(settings, "commerce_consumer_secret"),
        secret_of(settings, "commerce_access_token"),
        secret_of(settings, "commerce_access_token_secret"),
    )
    return ShopAccess(settings.commerce_url or "", keys, settings.commerce_ims_url)
