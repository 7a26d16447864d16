"""commerce.cancel_requested: what Commerce holds for an order that Amazon canceled is given back."""

from handlers.decision import Decision, OrderContext
from handlers.rules.order_state import derive, must_cancel_in_commerce
from schemas import payloads
from schemas.gateway_requests import Answer, CancelCommerceOrder, LookUpOrder, OrderLookup, RequestRefused
from schemas.order import CommerceOrder, CommerceState, Order
from schemas.payloads import CommerceCancelRequested

_OPEN = CommerceState.OPEN


def ask(
    known: OrderContext, event: CommerceCancelRequested, answers: tuple[Answer, ...]
) -> CancelCommerceOrder | LookUpOrder | None:
    """Ask Commerce to cancel the order, or to release the stock it holds without one; if it refuses, how it stands."""
    order = known.order
    if order is None or not must_cancel_in_commerce(order):
        return None
    match answers:
        case ():
            return CancelCommerceOrder(order.key, order.commerce_order.number if order.commerce_order else None)
        case (RequestRefused(),):
            return LookUpOrder(order.key, known.store.settings.commerce_store_view, (), (), {})
    return None


def decide(known: OrderContext, event: CommerceCancelRequested, answers: tuple[Answer, ...]) -> Decision:
    """Write down that Commerce let go of the order, or why it would not."""
    order = known.order
    if order is None or not answers:
        return Decision(note="Nothing to cancel in Commerce.")
    match answers:
        case (RequestRefused(), OrderLookup(commerce_order=CommerceOrder() as there)) if there.state is not _OPEN:
            return _ended(known, order, there)
        case (RequestRefused(reason=reason), *_):
            note = f"Commerce refused to cancel the order: {reason}"
            return Decision(order.model_copy(update={"note": note}), note, rejection=note, suppress_reminder=True)
    canceled = order.commerce_order and order.commerce_order.model_copy(
        update={"state": CommerceState.CANCELED, "status": "canceled"}
    )
    note = "Canceled in Commerce; reserved stock was released."
    after = derive(order, known.store, commerce_order=canceled, stock_reserved=False, note=note)
    return Decision(after, note, (payloads.CommerceCanceled(**_key(after)),))


def _ended(known: OrderContext, order: Order, there: CommerceOrder) -> Decision:
    """Take the order as Commerce has it: completed or canceled, and the answer to that was lost or came too late."""
    note = f"Commerce order {there.number} was {there.state} already."
    after = derive(order, known.store, commerce_order=there, stock_reserved=False, note=note)
    told = payloads.OrderCompleted if there.state is CommerceState.COMPLETE else payloads.CommerceCanceled
    return Decision(after, note, (told(**_key(after)),))


def _key(order: Order) -> dict[str, str]:
    return {"store_id": order.store_id, "amazon_order_id": order.amazon_order_id}
