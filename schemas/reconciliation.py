"""The outcome of a reconciliation: the differences between Amazon, the ledger and Commerce."""

from enum import StrEnum

from pydantic import Field

from schemas.fields import Moment
from schemas.order import OrderKey
from schemas.value import Value

LISTED = 1_000
"""Differences that are listed; further ones are counted."""


class DifferenceKind(StrEnum):
    """The kind of difference."""

    ORDER_MISSING = "order_missing"
    STATUS_LAG = "status_lag"
    PARCEL_NOT_CONFIRMED = "parcel_not_confirmed"
    PACKAGE_UNKNOWN = "package_unknown"
    SHIPMENT_MISSING = "shipment_missing"
    COMMERCE_ORDER_MISSING = "commerce_order_missing"
    COMMERCE_ORDER_UNKNOWN = "commerce_order_unknown"
    COMMERCE_STATE = "commerce_state"
    TOTAL = "total"
    RESERVATION_DRIFT = "reservation_drift"


class Difference(Value):
    """One difference in a sentence. `repair` is the request that was made; without one it is unexplained, for people.

    Store and order are empty for a difference of a product's stock.
    """

    kind: DifferenceKind
    store_id: str = ""
    amazon_order_id: str = ""
    details: str
    repair: str | None = None


class Reconciliation(Value):
    """The comparison of all orders that changed within a span. `notes` name the parts that were not compared.

    `complete` is false when a side could not be read to the end. Differences beyond those listed are counted in
    `more_repaired` and `more_unexplained`.
    """

    at: Moment
    since: Moment
    until: Moment
    orders: int
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    complete: bool
    more_repaired: int = 0
    more_unexplained: int = 0

    @property
    def unexplained(self) -> int:
        """The number of differences that nothing was requested for."""
        return sum(difference.repair is None for difference in self.differences) + self.more_unexplained

    @property
    def repaired(self) -> int:
        """The number of differences that a repair was requested for."""
        return sum(difference.repair is not None for difference in self.differences) + self.more_repaired

    @property
    def summary(self) -> str:
        """Return the result in a line: N orders, 0 unexplained."""
        rest = "" if self.complete else ", not complete"
        return f"{self.orders:,} orders, {self.repaired:,} repaired, {self.unexplained:,} unexplained{rest}"

    def with_page(self, orders: int, differences: tuple[Difference, ...], notes: tuple[str, ...]) -> "Reconciliation":
        """Return the outcome with that of one more page of orders."""
        room = LISTED - len(self.differences)
        beyond = differences[room:]
        unexplained = sum(difference.repair is None for difference in beyond)
        return self.with_fields(
            orders=self.orders + orders,
            differences=self.differences + differences[:room],
            notes=self.notes + notes,
            more_repaired=self.more_repaired + len(beyond) - unexplained,
            more_unexplained=self.more_unexplained + unexplained,
        )


class Step(StrEnum):
    """The next page of a reconciliation: Amazon's orders, the ledger's with Commerce's, Commerce's stock, or none."""

    AMAZON = "amazon"
    RECORDED = "recorded"
    STOCK = "stock"
    DONE = "done"


class ReconciliationRun(Value):
    """A reconciliation in progress: its outcome until now, and the page that it reads next.

    `page_tokens` are those of Amazon's searches, by the sellers' names; `searched` are the sellers whose orders were
    read, as far as they can be. `after` is the last of the ledger's orders that was compared. `skus` are the products
    whose stock will be compared.
    """

    outcome: Reconciliation
    step: Step = Step.AMAZON
    page_tokens: dict[str, str] = Field(default_factory=dict)
    searched: frozenset[str] = frozenset()
    after: OrderKey | None = None
    skus: frozenset[str] = frozenset()
