"""The sellers of stores: whose account on Amazon an order belongs to."""

from collections.abc import Collection, Mapping, Sequence

from ledger.ledger import Ledger
from operations.errors import InvalidInputError, NotFoundError, RefusedActionError
from schemas.amazon_sellers import AmazonSeller, names_text
from schemas.settings import PREFIX, Settings
from schemas.store import unknown_store


class StoreSellers:
    """The stores' sellers, as the ledger has them now; see gateways.routing.StoreSellers."""

    def __init__(self, ledger: Ledger, sellers: Sequence[AmazonSeller]) -> None:
        """Look into *ledger* at each question; *sellers* are those that are connected."""
        self._ledger = ledger
        self._sellers = sellers

    def of(self, store_ids: Collection[str]) -> Mapping[str, str]:
        """Return the names of the sellers by store, of those that have one. Raises RetryableError."""
        with self._ledger.read() as work:
            recorded = work.stores.load(store_ids)
        stores = [recorded.get(store_id) or unknown_store(store_id) for store_id in store_ids]
        return {store.store_id: seller.name for store in stores for seller in self._sellers if seller.has(store)}


def check_seller(settings: Settings, name: str) -> str:
    """Return the name of a connected seller. Raises NotFoundError for any other."""
    if name not in {seller.name for seller in settings.sellers if seller.name}:
        raise NotFoundError(f"There is no seller {name}: {names_text(settings.sellers)}.")
    return name


def one_seller(settings: Settings, name: str | None) -> AmazonSeller:
    """Return the seller of this name, or the only one. Raises RefusedActionError, NotFoundError, InvalidInputError."""
    sellers = settings.sellers
    if not sellers:
        raise RefusedActionError(f"Amazon is simulated here; {PREFIX}AMAZON_SELLER_ID connects a seller.")
    if name is not None:
        check_seller(settings, name)
    chosen = [seller for seller in sellers if name in (None, seller.name)]
    if len(chosen) > 1:
        raise InvalidInputError(f"Name one of the sellers: {names_text(sellers)}.")
    return chosen[0]
