"""commerce.cancel_requested: cancels the Commerce order, and releases the stock, of an order that Amazon canceled."""

from handlers.decision import Decision, OrderContext
from handlers.rules.order_state import derive, must_cancel_in_commerce
from schemas import payloads
from schemas.gateway_requests import Answer, CancelCommerceOrder, LookUpOrder, OrderLookup, RequestRefused
from schemas.order import CommerceOrder, CommerceState, Order
from schemas.payloads import CommerceCancelRequested

_OPEN = CommerceState.OPEN


def ask(
    context: OrderContext, event: CommerceCancelRequested, answers: tuple[Answer, ...]
) -> CancelCommerceOrder | LookUpOrder | None:
    """Request the cancellation, or the release of stock reserved without an order; if refused, look the order up.

    One that is not due any more may have been carried out by a try whose answer was lost: the order is looked up, too.
    """
    order = context.order
    if order is None:
        return None
    is_due = must_cancel_in_commerce(order)
    is_open = order.commerce_order is not None and order.commerce_order.state is _OPEN
    match answers:
        case () if is_due:
            return CancelCommerceOrder(order.key, order.commerce_order.number if order.commerce_order else None)
        case () if is_open:
            return LookUpOrder(order.key, context.store.settings.commerce_store_view, (), (), {})
        case (RequestRefused(),):
            return LookUpOrder(order.key, context.store.settings.commerce_store_view, (), (), {})
    return None


def decide(context: OrderContext, event: CommerceCancelRequested, answers: tuple[Answer, ...]) -> Decision:
    """Record the cancellation in Commerce, or Commerce's refusal."""
    order = context.order
    if order is None or not answers:
        return Decision(note="Nothing to cancel in Commerce.")
    match answers:
        case (*_, OrderLookup(commerce_order=CommerceOrder() as current)) if current.state is not _OPEN:
            return _already_ended(context, order, current)
        case (OrderLookup(),):
            return Decision(note="Nothing to cancel in Commerce.")
        case (RequestRefused(reason=reason), *_):
            note = f"Commerce refused to cancel the order: {reason}"
            return Decision(order.model_copy(update={"note": note}), note, rejection=note, suppress_reminder=True)
    canceled = order.commerce_order and order.commerce_order.model_copy(
        update={"state": CommerceState.CANCELED, "status": "canceled"}
    )
    note = "Canceled in Commerce; reserved stock was released."
    after = derive(order, context.store, commerce_order=canceled, stock_reserved=False, note=note)
    return Decision(after, note, (payloads.CommerceCanceled.of(after.key),))


def _already_ended(context: OrderContext, order: Order, current: CommerceOrder) -> Decision:
    """Adopt Commerce's state, complete or canceled: the answer that reported it was lost or overtaken."""
    note = f"Commerce order {current.number} was {current.state} already."
    after = derive(order, context.store, commerce_order=current, stock_reserved=False, note=note)
    ended = payloads.OrderCompleted if current.state is CommerceState.COMPLETE else payloads.CommerceCanceled
    return Decision(after, note, (ended.of(after.key),))
