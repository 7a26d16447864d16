"""The outcome of a reconciliation: the differences between Amazon, the ledger and Commerce."""

from enum import StrEnum

from schemas.fields import Moment
from schemas.value import Value


class DifferenceKind(StrEnum):
    """The kind of difference."""

    ORDER_MISSING = "order_missing"
    STATUS_LAG = "status_lag"
    PARCEL_NOT_CONFIRMED = "parcel_not_confirmed"
    SHIPMENT_MISSING = "shipment_missing"
    COMMERCE_ORDER_MISSING = "commerce_order_missing"
    COMMERCE_ORDER_UNKNOWN = "commerce_order_unknown"
    COMMERCE_STATE = "commerce_state"
    TOTAL = "total"
    RESERVATION_DRIFT = "reservation_drift"


class Difference(Value):
    """One difference in a sentence. `repair` is what was requested; without one it is unexplained, for people.

    Store and order are empty for a difference of a product's stock.
    """

    kind: DifferenceKind
    store_id: str = ""
    amazon_order_id: str = ""
    details: str
    repair: str | None = None


class Reconciliation(Value):
    """The comparison of all orders that changed within a span. `notes` name the parts that were not compared.

    `complete` is false when a side could not be read to the end.
    """

    at: Moment
    since: Moment
    until: Moment
    orders: int
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    complete: bool

    @property
    def unexplained(self) -> int:
        """The number of differences that nothing was requested for."""
        return sum(difference.repair is None for difference in self.differences)

    @property
    def summary(self) -> str:
        """Return the result in a line: N orders, 0 unexplained."""
        repaired = len(self.differences) - self.unexplained
        rest = "" if self.complete else ", not complete"
        return f"{self.orders:,} orders, {repaired:,} repaired, {self.unexplained:,} unexplained{rest}"
