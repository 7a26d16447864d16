"""The port to Amazon and Commerce: requests of workers, and the catalog that people change."""

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Future
from typing import Protocol, Unpack

from schemas.errors import RetryableError
from schemas.gateway_requests import Answer, Request
from schemas.product import Product, ProductFacts

Result = Answer | RetryableError
"""The result of one request: the answer, or a transient failure."""


class Gateways(Protocol):
    """Requests to Amazon and Commerce."""

    def start(self, requests: Sequence[Request]) -> Sequence[Result | Future[Result]]:
        """Start all requests; return for each, in their order, its result if that is there at once, or a Future of it.

        A transient failure is the result of its own request, never an exception for all. The gateway decides how many
        requests it sends at once, so that a slow one holds up no other. Every request may be repeated.
        """
        ...

    def perform(self, requests: Sequence[Request]) -> list[Result]:
        """Perform all requests, wait, and return one result for each, in their order; otherwise as `start`."""
        ...


class Catalog(Protocol):
    """The products of Commerce, for look-ups and changes by people."""

    def save(self, products: Iterable[Product]) -> None:
        """Add products or replace them by SKU; reservations stay."""
        ...

    def change(self, sku: str, **facts: Unpack[ProductFacts]) -> Product:
        """Set the given facts and leave the others. Raises UnknownProductError."""
        ...

    def find(self, skus: Collection[str]) -> dict[str, Product]:
        """Return those of the products that exist, by SKU."""
        ...

    def skus_of(self, asins: Collection[str]) -> dict[str, str]:
        """Return the SKUs of the products that have these ASINs, by ASIN."""
        ...

    def products(self) -> list[Product]:
        """Return all products in the order of their SKUs."""
        ...

    def page(self, limit: int, after: str = "") -> list[Product]:
        """Return products in the order of their SKUs, at most *limit* after a SKU."""
        ...
