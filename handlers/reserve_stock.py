"""reservation.requested: the stock held for an order without a Commerce order is brought to what is to be held.

Only stores without inventory management hold any, if they ask for it. What Commerce answered may have been lost, so it
is told again whatever was written down.
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


def ask(known: OrderContext, event: ReservationRequested, answers: tuple[Answer, ...]) -> Request | None:
    """Ask which products the lines are, then for the pieces of those that exist; or for none to be held."""
    order = known.order
    if order is None or order.commerce_order is not None:
        return None
    if not must_reserve(order, known.store):
        # Even where none is written down: a reservation that was under way must not stay behind unknown.
        return None if answers else ReserveStock(order.key, {})
    if not answers:
        return products.look_up(known, order)
    seen = answers[-1]
    return ReserveStock(order.key, _pieces(known, order, seen)) if isinstance(seen, OrderLookup) else None


def _pieces(known: OrderContext, order: Order, seen: OrderLookup) -> Counter[str]:
    """Return the pieces to hold, by the SKU of the products that exist."""
    wanted: Counter[str] = Counter()
    found = products.resolve(known, order, seen)
    for line in order.lines:
        if line.order_item_id in found:
            wanted[found[line.order_item_id].sku] += line.quantity
    return wanted


def decide(known: OrderContext, event: ReservationRequested, answers: tuple[Answer, ...]) -> Decision:
    """Write down what is held now. Where stock cannot be held, the order goes on without: the import will tell.

    The settings may have changed since Commerce was asked: then what was done is to be undone.
    """
    match known.order, answers:
        case Order() as order, (OrderLookup() as seen, Accepted()) if _pieces(known, order, seen):
            return _held(known, order)
        case Order(stock_reserved=True) as order, (*_, Accepted()):
            return _released(known, order)
        case Order() as order, (OrderLookup(), RequestRefused() as refusal):
            return _without(known, order, f"No stock reserved for the pending order: {refusal.reason}")
        case Order() as order, (OrderLookup(), Accepted()):
            return _without(known, order, NOTHING)
        case _, (RequestRefused() as refusal,):
            return Decision(rejection=f"Commerce refused to release the stock held for the order: {refusal.reason}")
    return Decision(note=NOTHING)


def _held(known: OrderContext, before: Order) -> Decision:
    if before.stock_reserved and not reservation_is_stale(before):
        return Decision(note="The stock reserved for the pending order is still held.")
    note = "Stock reserved for the pending order."
    after = derive(before, known.store, stock_reserved=True, reserved_quantities=before.quantities, note=note)
    told = payloads.StockReserved(store_id=after.store_id, amazon_order_id=after.amazon_order_id)
    return Decision(after, note, (told, *follow_ups(before, after, known.store)))


def _released(known: OrderContext, before: Order) -> Decision:
    note = "The stock reserved for the order was released."
    after = derive(before, known.store, stock_reserved=False, note=note)
    return Decision(after, note, follow_ups(before, after, known.store))


def _without(known: OrderContext, order: Order, note: str) -> Decision:
    """Leave the order without stock; asked again at once, Commerce would say the same."""
    if not must_reserve(order, known.store):
        # Written, and silent, it would stop the reminders of what the order lacks by now.
        return Decision(note=note)
    return Decision(order, note, suppress_reminder=True)
