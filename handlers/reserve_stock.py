"""reservation.requested: stock is held for a pending order, in stores without inventory management that ask for it."""

from collections import Counter

from handlers import products
from handlers.decision import Decision, Known
from handlers.standing import is_canceled, must_reserve, settle
from schemas import payloads
from schemas.order import Order
from schemas.payloads import ReservationRequested
from schemas.requests import Answer, CancelCommerceOrder, OrderLookedUp, Refused, Request, ReserveStock


def ask(known: Known, event: ReservationRequested, answers: tuple[Answer, ...]) -> Request | None:
    """Ask which products the lines are, then for the pieces of those that exist."""
    order = known.order
    if order is None or not must_reserve(order, known.store):
        return _release(order) if order and not answers else None
    if not answers:
        return products.look_up(known, order)
    seen = answers[-1]
    if not isinstance(seen, OrderLookedUp):
        return None
    wanted: Counter[str] = Counter()
    found = products.resolve(known, order, seen)
    for line in order.lines:
        if line.order_item_id in found:
            wanted[found[line.order_item_id].sku] += line.quantity
    return ReserveStock(order.key, wanted) if wanted else None


def _release(order: Order) -> CancelCommerceOrder | None:
    """Give back what may have been reserved while Amazon canceled the order."""
    is_bare = order.commerce_order is None and not order.stock_reserved
    return CancelCommerceOrder(order.key, None) if is_canceled(order) and is_bare else None


def decide(known: Known, event: ReservationRequested, answers: tuple[Answer, ...]) -> Decision:
    """Write down that stock is held. Where it cannot be, the order goes on without: the import will tell."""
    order = known.order
    if order is None or not must_reserve(order, known.store):
        # Written, and silent, it would stop the reminders of what the order lacks by now.
        return Decision(note="No stock to reserve for the pending order.")
    if len(answers) < 2:
        return Decision(order, "No stock to reserve for the pending order.", silent=True)
    if isinstance(answers[-1], Refused):
        return Decision(order, f"No stock reserved for the pending order: {answers[-1].reason}", silent=True)
    note = "Stock reserved for the pending order."
    after = settle(order, known.store, stock_reserved=True, note=note)
    told = payloads.StockReserved(store_id=after.store_id, amazon_order_id=after.amazon_order_id)
    return Decision(after, note, (told,))
