"""The simulated marketplace: the orders of one seller as they are now, and the subscribers to their changes.

Reports of the demo world place and change orders; confirmations and feeds change them, too, as at Amazon. The time of
a change is the simulator's, whatever the report has: cursors of clients go by it.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.amazon_report import Item, OrderFacts
from schemas.payloads import AmazonReport
from schemas.status import AmazonStatus

OPEN = (AmazonStatus.UNSHIPPED, AmazonStatus.PARTIALLY_SHIPPED)


@dataclass
class Package:
    """A confirmed parcel, as it was sent; `confirmations` counts its confirmations, of which all but one edit it."""

    reference_id: str
    detail: dict[str, object]
    quantities: Counter[str]
    created_at: datetime
    confirmations: int = 1


@dataclass
class SellerOrder:
    """An order as Amazon has it. `facts` are those of all reports, the later over the earlier."""

    facts: OrderFacts
    changed_at: datetime
    packages: dict[str, Package] = field(default_factory=dict)
    cancel_reasons: dict[str, str] = field(default_factory=dict)
    programs: tuple[str, ...] = ()

    @property
    def order_id(self) -> str:
        """Amazon's id of the order."""
        return self.facts.amazon_order_id

    @property
    def items(self) -> tuple[Item, ...]:
        """The items."""
        return self.facts.items or ()

    @property
    def ordered(self) -> dict[str, int]:
        """The quantities ordered, by order item id."""
        return {item.order_item_id: item.quantity for item in self.items}

    @property
    def confirmed(self) -> Counter[str]:
        """The quantities confirmed in all parcels, by order item id."""
        return sum((package.quantities for package in self.packages.values()), Counter())

    def shipped(self, order_item_id: str) -> int:
        """Return how many pieces of an item were shipped, as confirmed or as reported."""
        reported = next((item.quantity_shipped or 0 for item in self.items if item.order_item_id == order_item_id), 0)
        return max(self.confirmed[order_item_id], reported)

    @property
    def buyer_wants_cancel(self) -> bool:
        """Whether the buyer has asked to cancel the order."""
        return bool(self.facts.instructions and self.facts.instructions.buyer_cancellation)


@dataclass
class Marketplace:
    """The orders, by id. Each of *listeners* is called with an order that has changed."""

    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    orders: dict[str, SellerOrder] = field(default_factory=dict)
    listeners: list[Callable[[SellerOrder], None]] = field(default_factory=list)

    def take(self, report: AmazonReport) -> SellerOrder:
        """Place or change an order by a report of the world. An end of an order at Amazon stays."""
        order = self.orders.get(report.amazon_order_id)
        if order is None:
            facts = OrderFacts.model_validate(report.model_dump())
            order = self.orders[report.amazon_order_id] = SellerOrder(facts, self.clock())
        elif order.facts.status is not AmazonStatus.CANCELED:
            reported = report.model_dump(exclude_none=True)
            order.facts = OrderFacts.model_validate(order.facts.model_dump() | reported)
        self.changed(order)
        return order

    def confirm(self, order: SellerOrder, package: Package) -> None:
        """Add a parcel, or replace the one of the same reference id; the order's status follows."""
        if before := order.packages.get(package.reference_id):
            package.confirmations, package.created_at = before.confirmations + 1, before.created_at
        order.packages[package.reference_id] = package
        left = any(order.confirmed[item] < quantity for item, quantity in order.ordered.items())
        self.set_status(order, AmazonStatus.PARTIALLY_SHIPPED if left else AmazonStatus.SHIPPED)

    def cancel(self, order: SellerOrder, reasons: dict[str, str]) -> None:
        """Cancel items; the order is canceled once all its items are."""
        order.cancel_reasons |= reasons
        if order.cancel_reasons.keys() >= order.ordered.keys():
            self.set_status(order, AmazonStatus.CANCELED)

    def set_status(self, order: SellerOrder, status: AmazonStatus) -> None:
        """Set the status of an order, which has changed now."""
        order.facts = order.facts.model_copy(update={"status": status})
        self.changed(order)

    def changed(self, order: SellerOrder) -> None:
        """Date the change and notify the listeners."""
        order.changed_at = self.clock()
        for listener in self.listeners:
            listener(order)

    def in_order_of_change(self) -> Iterable[SellerOrder]:
        """Return all orders, the one that changed first before the others."""
        return sorted(self.orders.values(), key=lambda order: (order.changed_at, order.order_id))
