"""Amazon and Commerce of a command, opened when an operation first asks them: most operations read the ledger alone."""

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Unpack

if TYPE_CHECKING:  # at run time it would import the gateways' libraries
    from gateways.port import Catalog, Gateways, Result
    from schemas.gateway_requests import Request
    from schemas.product import Product, ProductFacts


class OnDemandGateways:
    """Gateways that are opened with their first requests; see gateways.port.Gateways."""

    def __init__(self, opened: "Callable[[], Gateways]") -> None:
        """Ask *opened* for the gateways; it opens them once."""
        self._opened = opened

    def start(self, requests: "Sequence[Request]") -> "Sequence[Result | Future[Result]]":
        """Start all requests. Raises SettingsError for a setting that the gateways lack."""
        return self._opened().start(requests)

    def perform(self, requests: "Sequence[Request]") -> "list[Result]":
        """Perform all requests, and wait. Raises as `start` does."""
        return self._opened().perform(requests)


class OnDemandCatalog:
    """A catalog that is opened when it is first asked; see gateways.port.Catalog."""

    def __init__(self, opened: "Callable[[], Catalog]") -> None:
        """Ask *opened* for the catalog; it opens it once."""
        self._opened = opened

    def save(self, products: "Iterable[Product]") -> None:
        """Add or replace products. Raises SettingsError for a setting that the catalog lacks, as all methods do."""
        self._opened().save(products)

    def change(self, sku: str, **facts: "Unpack[ProductFacts]") -> "Product":
        """Change a product."""
        return self._opened().change(sku, **facts)

    def find(self, skus: Collection[str]) -> "dict[str, Product]":
        """Return those of the products that exist."""
        return self._opened().find(skus)

    def skus_of(self, asins: Collection[str]) -> dict[str, str]:
        """Return the SKUs of the products that have these ASINs, by ASIN."""
        return self._opened().skus_of(asins)

    def products(self) -> "list[Product]":
        """Return all products."""
        return self._opened().products()

    def page(self, limit: int, after: str = "") -> "list[Product]":
        """Return at most *limit* products after a SKU."""
        return self._opened().page(limit, after)
