"""commerce.cancel_requested: what Commerce holds for an order that Amazon canceled is given back."""

from handlers.decision import Decision, Known
from handlers.standing import must_undo, settle
from schemas import payloads
from schemas.order import CommerceState
from schemas.payloads import CommerceCancelRequested
from schemas.requests import Answer, CancelCommerceOrder, Refused


def ask(known: Known, event: CommerceCancelRequested, answers: tuple[Answer, ...]) -> CancelCommerceOrder | None:
    """Ask Commerce to cancel the order, or to release the stock it holds without one."""
    order = known.order
    if order is None or answers or not must_undo(order):
        return None
    return CancelCommerceOrder(order.key, order.commerce_order.number if order.commerce_order else None)


def decide(known: Known, event: CommerceCancelRequested, answers: tuple[Answer, ...]) -> Decision:
    """Write down that Commerce let go of the order, or why it would not."""
    order = known.order
    if order is None or not answers:
        return Decision(note="Nothing to cancel in Commerce.")
    if isinstance(answers[-1], Refused):
        note = f"Commerce refused to cancel the order: {answers[-1].reason}"
        return Decision(order.model_copy(update={"note": note}), note, rejected=note, silent=True)
    canceled = order.commerce_order and order.commerce_order.model_copy(
        update={"state": CommerceState.CANCELED, "status": "canceled"}
    )
    note = "Canceled in Commerce; reserved stock was released."
    after = settle(order, known.store, commerce_order=canceled, stock_reserved=False, note=note)
    told = payloads.CommerceCanceled(store_id=after.store_id, amazon_order_id=after.amazon_order_id)
    return Decision(after, note, (told,))
