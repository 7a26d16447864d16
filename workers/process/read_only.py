"""Gateways of a process in read-only mode: questions are asked, changes are recorded and deferred."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Future
from typing import Unpack

from gateways.port import Catalog, Gateways, Result
from operations.errors import RefusedActionError
from operations.read_only import RELEASE, ReadOnlyGuard
from schemas.errors import RetryableError
from schemas.gateway_requests import GetAmazonOrder, LookUpOrder, Request
from schemas.order import OrderKey
from schemas.product import Product, ProductFacts

QUESTIONS = (LookUpOrder, GetAmazonOrder)
"""Requests that change nothing."""

RETRY_AFTER = 600.0
"""Seconds until a withheld change is tried again, at least."""


class GuardedGateways:
    """Gateways that send changes only while a guard lets them; see gateways.port.Gateways."""

    def __init__(self, gateways: Gateways, guard: ReadOnlyGuard) -> None:
        """Wrap *gateways*."""
        self._gateways = gateways
        self._guard = guard

    def start(self, requests: Sequence[Request]) -> list[Result | Future[Result]]:
        """Start all requests but the withheld ones, which are deferred."""
        allowed = [isinstance(request, QUESTIONS) for request in requests]
        if not all(allowed):
            try:
                allowed = self._judged(requests)
            except RetryableError as error:
                return [error for _ in requests]
        sent = iter(
            self._gateways.start([request for request, is_sent in zip(requests, allowed, strict=True) if is_sent])
        )
        return [next(sent) if is_sent else _deferred() for is_sent in allowed]

    def perform(self, requests: Sequence[Request]) -> list[Result]:
        """Perform all requests but the withheld ones, and wait."""
        return [started.result() if isinstance(started, Future) else started for started in self.start(requests)]

    def _judged(self, requests: Sequence[Request]) -> list[bool]:
        """Return which requests are sent; the others are recorded."""
        if not self._guard.is_on():
            return [True for _ in requests]
        withheld: defaultdict[str, list[OrderKey]] = defaultdict(list)
        for request in requests:
            if not isinstance(request, QUESTIONS):
                withheld[type(request).__name__].append(request.key)
        for name, keys in withheld.items():
            self._guard.withhold(name, keys)
        return [isinstance(request, QUESTIONS) for request in requests]


def _deferred() -> RetryableError:
    return RetryableError(f"Read-only mode: the change was recorded, not sent. {RELEASE} ends it.", RETRY_AFTER)


class GuardedCatalog:
    """A catalog that is changed only while a guard lets it; see gateways.port.Catalog."""

    def __init__(self, catalog: Catalog, guard: ReadOnlyGuard) -> None:
        """Wrap *catalog*."""
        self._catalog = catalog
        self._guard = guard

    def save(self, products: Iterable[Product]) -> None:
        """Add or replace products. Raises RefusedActionError in read-only mode."""
        self._check()
        self._catalog.save(products)

    def change(self, sku: str, **facts: Unpack[ProductFacts]) -> Product:
        """Change a product. Raises RefusedActionError in read-only mode."""
        self._check()
        return self._catalog.change(sku, **facts)

    def find(self, skus: Collection[str]) -> dict[str, Product]:
        """Return those of the products that exist."""
        return self._catalog.find(skus)

    def skus_of(self, asins: Collection[str]) -> dict[str, str]:
        """Return the SKUs of the products that have these ASINs, by ASIN."""
        return self._catalog.skus_of(asins)

    def products(self) -> list[Product]:
        """Return all products."""
        return self._catalog.products()

    def page(self, limit: int, after: str = "") -> list[Product]:
        """Return at most *limit* products after a SKU."""
        return self._catalog.page(limit, after)

    def _check(self) -> None:
        if self._guard.is_on():
            raise RefusedActionError(f"Read-only mode: products in Commerce are not changed. {RELEASE} ends it.")
