"""Stock drift: products whose salable quantity is not their sources' stock less the quantities of open orders."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import NamedTuple

from gateways.commerce.answers import sku_key
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.endings import still_open
from gateways.errors import CallFailedError, CallRefusedError

COMPARE = Purpose("compare the stock")

MAX_ORDERS = 10_000
"""Open orders of a shop that are added up; with more its stock is not compared."""

MAX_THRESHOLDS = 100
"""Products whose threshold is read, a call each."""


class StockDrift(NamedTuple):
    """A product with more or less to be sold than there is."""

    sku: str
    salable: int
    expected: int
    doubt: str = ""

    def __str__(self) -> str:
        """Return it in a sentence."""
        more = "more" if self.salable > self.expected else "less"
        return (
            f"{self.sku}: {self.salable} can be sold, {self.expected} are there that no open order waits for,"
            f" {abs(self.salable - self.expected)} {more} than there are.{self.doubt} Run the shop's repair of"
            " reservations."
        )


def stock_drifts(client: CommerceClient, website: str, skus: Collection[str]) -> Iterator[StockDrift]:
    """Yield the drifts of these products. Products whose stock is not managed, or that no source has, are left out."""
    if not skus:
        return
    waiting = _waiting(client)
    if waiting is None:
        return
    stored, thresholds = Counter[str](), _Thresholds(client)
    for item in client.source_items(skus, COMPARE):
        stored[sku_key(item["sku"])] += int(float(item["quantity"])) if item.get("status") == 1 else 0
    for stock in client.salable(skus, website, COMPARE):
        sku, salable = str(stock["sku"]), int(float(stock.get("qty") or 0))
        is_managed = salable > 0 or not stock.get("is_salable")
        name = sku_key(sku)
        expected = max(0, stored[name] - waiting[name])
        if is_managed and name in stored and salable != expected:
            yield from thresholds.checked(StockDrift(sku, salable, expected))


class _Thresholds:
    """Distinguishes drifts from thresholds for out of stock, which only a call for each product shows."""

    def __init__(self, client: CommerceClient) -> None:
        self._client = client
        self._left = MAX_THRESHOLDS

    def checked(self, drift: StockDrift) -> Iterator[StockDrift]:
        """Yield the drift as it is without the pieces that the product's threshold keeps, if anything is left of it."""
        threshold = self._of(drift) if drift.salable < drift.expected else 0
        if threshold is None:
            yield drift._replace(doubt=" A threshold for out of stock counts, too; it was not read.")
            return
        expected = max(0, drift.expected - threshold)
        if drift.salable != expected:
            yield drift._replace(expected=expected)

    def _of(self, drift: StockDrift) -> int | None:
        """Return a product's threshold; None if it cannot be read, which is not tried again."""
        if not self._left:
            return None
        self._left -= 1
        try:
            return max(0, int(self._client.threshold(drift.sku, COMPARE)))
        except (CallFailedError, CallRefusedError):
            self._left = 0
            return None


def _waiting(client: CommerceClient) -> Counter[str] | None:
    """Return the quantities that open orders wait for, by `sku_key`; None beyond the limit."""
    waiting: Counter[str] = Counter()
    for count, order in enumerate(client.open_orders(COMPARE)):
        if count >= MAX_ORDERS:
            return None
        for item in order.get("items") or ():
            waiting[sku_key(item.get("sku"))] += int(still_open(item, "qty_shipped"))
    return waiting
