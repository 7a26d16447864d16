"""reservation.requested: adjusts the stock reserved for an order that has no Commerce order yet.

Only stores without inventory management reserve such stock, if their settings ask for it. An answer of Commerce's may
have been lost, so the reservation is requested again even when it is recorded.
"""

from collections import Counter

from handlers.decision import Decision, OrderContext
from handlers.rules import products
from handlers.rules.order_state import derive, follow_ups, must_reserve, reservation_is_stale
from schemas import payloads
from schemas.gateway_requests import Accepted, Answer, OrderLookup, Request, RequestRefused, ReserveStock
from schemas.order import Order
from schemas.payloads import ReservationRequested

NOTHING = "No stock to reserve for the pending order."


def ask(context: OrderContext, event: ReservationRequested, answers: tuple[Answer, ...]) -> Request | None:
    """Look up the products of the lines, then reserve the quantities of those that exist; or release all stock."""
    order = context.order
    if order is None or order.commerce_order is not None:
        return None
    if not must_reserve(order, context.store):
        # Also where no reservation is recorded: one in flight must not remain unnoticed.
        return None if answers else ReserveStock(order.key, {})
    if not answers:
        return products.look_up(context, order)
    lookup = answers[-1]
    if not isinstance(lookup, OrderLookup):
        return None
    return ReserveStock(order.key, _quantities_to_reserve(context, order, lookup))


def _quantities_to_reserve(context: OrderContext, order: Order, lookup: OrderLookup) -> Counter[str]:
    """Return the quantities to reserve, by the SKU of the products that exist."""
    quantities: Counter[str] = Counter()
    by_line = products.resolve(context, order, lookup)
    for line in order.lines:
        if line.order_item_id in by_line:
            quantities[by_line[line.order_item_id].sku] += line.quantity
    return quantities


def decide(context: OrderContext, event: ReservationRequested, answers: tuple[Answer, ...]) -> Decision:
    """Record the reservation or release. An order whose stock cannot be reserved stays without: its import reports why.

    The settings may have changed since the request to Commerce; then the follow-ups reverse its effect.
    """
    match context.order, answers:
        case Order() as order, (OrderLookup() as lookup, Accepted()) if _quantities_to_reserve(context, order, lookup):
            return _reserved(context, order)
        case Order(stock_reserved=True) as order, (*_, Accepted()):
            return _released(context, order)
        case Order() as order, (OrderLookup(), RequestRefused() as refusal):
            return _not_reserved(context, order, f"No stock reserved for the pending order: {refusal.reason}")
        case Order() as order, (OrderLookup(), Accepted()):
            return _not_reserved(context, order, NOTHING)
        case _, (RequestRefused() as refusal,):
            return Decision(rejection=f"Commerce refused to release the stock reserved for the order: {refusal.reason}")
    return Decision(note=NOTHING)


def _reserved(context: OrderContext, before: Order) -> Decision:
    if before.stock_reserved and not reservation_is_stale(before):
        return Decision(note="Stock was reserved for the pending order before.")
    note = "Stock reserved for the pending order."
    after = derive(before, context.store, stock_reserved=True, reserved_quantities=before.quantities, note=note)
    announcement = payloads.StockReserved.of(after.key)
    return Decision(after, note, (announcement, *follow_ups(before, after, context.store)))


def _released(context: OrderContext, before: Order) -> Decision:
    note = "The stock reserved for the order was released."
    after = derive(before, context.store, stock_reserved=False, note=note)
    return Decision(after, note, follow_ups(before, after, context.store))


def _not_reserved(context: OrderContext, order: Order, note: str) -> Decision:
    """Leave the order without reserved stock, and suppress the reminder: Commerce would give the same answer."""
    if not must_reserve(order, context.store):
        # Writing the order would also suppress the reminders of other requests outstanding by now.
        return Decision(note=note)
    return Decision(order, note, suppress_reminder=True)
