"""The port to the outside: what workers may ask of Amazon and Commerce, whoever stands behind it."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol, Unpack

from schemas.errors import RetryableError
from schemas.gateway_requests import Answer, Request
from schemas.product import Product, ProductFacts

Result = Answer | RetryableError
"""What became of one request: the other side's answer, or a failure that passes."""


class Gateways(Protocol):
    """Amazon and Commerce behind one door."""

    def perform(self, requests: Sequence[Request]) -> list[Result]:
        """Ask all requests and return one result a request, in their order.

        A failure that passes is the result of its own request, never an exception for all of them. How many
        are asked at once is the gateway's business. Asking again is harmless.
        """
        ...


class Catalog(Protocol):
    """The products of Commerce, as people look them up and change them."""

    def save(self, products: Iterable[Product]) -> None:
        """Add products or replace them by SKU; what is reserved of a product stays reserved."""
        ...

    def change(self, sku: str, **facts: Unpack[ProductFacts]) -> Product:
        """Set the given facts and leave the others. Raises UnknownProductError."""
        ...

    def find(self, skus: Collection[str]) -> dict[str, Product]:
        """Return those of the products that exist, by SKU."""
        ...

    def products(self) -> list[Product]:
        """Return all products in the order of their SKUs."""
        ...
