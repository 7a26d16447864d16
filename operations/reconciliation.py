"""Reconciliation: compares an order at Amazon and in Commerce with the ledger's. Reads and requests nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gateways.amazon.sp_api.confirmation import is_confirmed, unknown_packages
from handlers.rules.order_state import confirmed, is_canceled, is_shipped, unconfirmed
from handlers.rules.parcels import shipped_quantities
from operations.context import Context
from schemas.money import Money
from schemas.order import CommerceOrder, CommerceState, Order, OrderKey
from schemas.payloads import CompletionRequested, ImportRequested, Payload, ShipmentConfirmationRequested
from schemas.reconciliation import Difference, DifferenceKind, Reconciliation
from schemas.status import Channel, ImportState

CONFIRMATION_TIME = timedelta(hours=1)
"""How old a parcel is before it counts as not confirmed: younger ones are on their way."""


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """Commerce's facts of an Amazon order: the order, its total, and the shipped quantities by Amazon's item id.

    `entity_id` is Commerce's. `shipped` lacks items of no line of Amazon's. `is_attempted`: Crossdock has begun to
    create the order, so it is no other system's.
    """

    entity_id: int
    order: CommerceOrder
    total: Money | None = None
    shipped: Mapping[str, int] = field(default_factory=dict)
    is_attempted: bool = False


@dataclass(slots=True)
class Findings:
    """Differences and their repairs: events to be published, orders and shipments to be read again."""

    differences: list[Difference] = field(default_factory=list)
    requests: list[tuple[OrderKey, int, Payload]] = field(default_factory=list)
    changed_orders: dict[OrderKey, datetime | None] = field(default_factory=dict)
    shop_orders: list[int] = field(default_factory=list)

    def add(self, kind: DifferenceKind, key: OrderKey, details: str, repair: str | None = None) -> None:
        """Add a difference of an order."""
        self.differences.append(
            Difference(kind=kind, store_id=key[0], amazon_order_id=key[1], details=details, repair=repair)
        )

    def request(self, order: Order, payload: Payload) -> None:
        """Have an event published for an order as it is now."""
        self.requests.append((order.key, order.version, payload))


_IMPORTABLE = (ImportState.REQUESTED, ImportState.BLOCKED)


def compare_with_amazon(
    findings: Findings, key: OrderKey, order: Order | None, changed_at: datetime, ship_by: datetime | None
) -> None:
    """Compare an order that Amazon lists with the recorded one."""
    if order is not None and order.last_update_date >= changed_at:
        return
    findings.changed_orders[key] = ship_by
    repair = "Amazon is asked for it"
    if order is None:
        findings.add(DifferenceKind.ORDER_MISSING, key, "Amazon has the order, the ledger does not.", repair)
        return
    recorded_at = f"{order.last_update_date:%Y-%m-%d %H:%M}"
    details = f"Amazon changed the order at {changed_at:%Y-%m-%d %H:%M} UTC; the ledger has it as of {recorded_at}."
    findings.add(DifferenceKind.STATUS_LAG, key, details, repair)


def compare_packages(findings: Findings, order: Order, listed: Mapping[str, Any], now: datetime) -> None:
    """Find the parcels that were confirmed, and that the order as Amazon lists it does not have; and the opposite.

    A package that is none of the parcels was confirmed by somebody else: people decide whether Commerce lacks it.
    """
    recorded = set(confirmed(order))
    for parcel in order.parcels:
        is_due = parcel.shipment_id in recorded and parcel.shipped_at < now - CONFIRMATION_TIME
        if is_due and not is_confirmed(listed, parcel):
            details = f"The parcel {parcel.shipment_id} was confirmed to Amazon, which does not have it."
            findings.add(DifferenceKind.PARCEL_NOT_CONFIRMED, order.key, details, "it is confirmed again")
            findings.request(order, ShipmentConfirmationRequested.of(order.key, shipment_id=parcel.shipment_id))
    for reference in unknown_packages(listed, order.parcels) if order.fulfillment_channel is Channel.MFN else ():
        details = f"Amazon has the package {reference}, the ledger has no such parcel: Crossdock did not confirm it."
        findings.add(DifferenceKind.PACKAGE_UNKNOWN, order.key, details)


def compare_amazon_total(findings: Findings, order: Order, total: Money | None) -> None:
    """Compare the total of an order that the ledger has as late as Amazon; a pending order has none."""
    if total and order.order_total and total != order.order_total:
        details = f"Amazon has the total {total}; the ledger has {order.order_total}."
        findings.add(DifferenceKind.TOTAL, order.key, details)


def compare_parcels(findings: Findings, order: Order, now: datetime) -> None:
    """Find the parcels that should have been confirmed to Amazon."""
    shipped_at = {parcel.shipment_id: parcel.shipped_at for parcel in order.parcels}
    for shipment_id in unconfirmed(order):
        if shipped_at[shipment_id] < now - CONFIRMATION_TIME:
            details = f"The parcel {shipment_id} is not confirmed to Amazon."
            repair = "its confirmation is requested"
            findings.add(DifferenceKind.PARCEL_NOT_CONFIRMED, order.key, details, repair)
            findings.request(order, ShipmentConfirmationRequested.of(order.key, shipment_id=shipment_id))


def compare_with_commerce(findings: Findings, order: Order, facts: ShopFacts | None) -> None:
    """Compare a recorded order with Commerce's."""
    recorded = order.commerce_order
    if facts is None:
        if recorded is not None:
            details = f"Commerce has no order {recorded.number} any longer, or it has another Amazon order id."
            findings.add(DifferenceKind.COMMERCE_ORDER_MISSING, order.key, details)
    elif recorded is None:
        _compare_unknown(findings, order, facts)
    else:
        _compare_state(findings, order, recorded, facts)
        _compare_total(findings, order, facts)
        _compare_shipped(findings, order, facts)


def _compare_unknown(findings: Findings, order: Order, facts: ShopFacts) -> None:
    details = f"Commerce has the order {facts.order.number}; the ledger has no Commerce order."
    if facts.is_attempted or order.import_state in _IMPORTABLE:
        findings.add(DifferenceKind.COMMERCE_ORDER_UNKNOWN, order.key, details, "its import is requested, to adopt it")
        findings.request(order, ImportRequested.of(order.key))
    elif is_canceled(order) and facts.order.state is not CommerceState.COMPLETE:
        repair = "it is adopted, and canceled if it is open"
        findings.add(DifferenceKind.COMMERCE_ORDER_UNKNOWN, order.key, details, repair)
        findings.request(order, ImportRequested.of(order.key))
    else:
        findings.add(DifferenceKind.COMMERCE_ORDER_UNKNOWN, order.key, details)


def _compare_state(findings: Findings, order: Order, recorded: CommerceOrder, facts: ShopFacts) -> None:
    if recorded.state is facts.order.state:
        return
    details = f"Commerce order {facts.order.number} is {facts.order.status}; the ledger has it as {recorded.state}."
    if recorded.state is CommerceState.OPEN and facts.order.state is CommerceState.COMPLETE and is_shipped(order):
        findings.add(DifferenceKind.COMMERCE_STATE, order.key, details, "its completion is requested")
        findings.request(order, CompletionRequested.of(order.key))
    elif facts.order.state is not CommerceState.COMPLETE or not _is_behind(order, facts):
        findings.add(DifferenceKind.COMMERCE_STATE, order.key, details)


def _compare_total(findings: Findings, order: Order, facts: ShopFacts) -> None:
    snapshot = order.commerce_snapshot.total if order.commerce_snapshot else None
    accepted = order.accepted_total.total if order.accepted_total else None
    expected = snapshot or accepted or order.total
    if expected and facts.total and expected != facts.total:
        details = f"Commerce order {facts.order.number} has the total {facts.total}; it should be {expected}."
        findings.add(DifferenceKind.TOTAL, order.key, details)


def _compare_shipped(findings: Findings, order: Order, facts: ShopFacts) -> None:
    if _is_behind(order, facts):
        details = f"Commerce shipped more of the order {facts.order.number} than the ledger has parcels for."
        findings.add(DifferenceKind.SHIPMENT_MISSING, order.key, details, "its shipments are read")
        findings.shop_orders.append(facts.entity_id)


def _is_behind(order: Order, facts: ShopFacts) -> bool:
    """Whether Commerce shipped more of a line than the parcels have. Shipments of Crossdock's were parcels before.

    An order that Amazon ships is created as shipped, and has no parcels.
    """
    if order.fulfillment_channel is Channel.AFN:
        return False
    recorded = shipped_quantities(order) if order.parcels else {}
    return any(quantity > recorded.get(item_id, 0) for item_id, quantity in facts.shipped.items())


def latest_reconciliation(context: Context) -> Reconciliation | None:
    """Return the latest reconciliation, None before the first."""
    with context.ledger.read() as work:
        return work.reconciliations.latest()
