"""completion.requested: the Commerce order of a wholly shipped order becomes complete, at the clock's next run."""

from handlers.decision import Decision, OrderContext
from handlers.rules.order_state import derive
from schemas import payloads
from schemas.gateway_requests import Answer, CompleteOrder, RequestRefused
from schemas.order import CommerceState
from schemas.payloads import CompletionRequested


def ask(known: OrderContext, event: CompletionRequested, answers: tuple[Answer, ...]) -> CompleteOrder | None:
    """Ask Commerce to complete the order when every piece was shipped and it is still open."""
    order = known.order
    if order is None or answers or order.commerce_order is None or not derive(order, known.store).completable:
        return None
    return CompleteOrder(order.key, order.commerce_order.number)


def decide(known: OrderContext, event: CompletionRequested, answers: tuple[Answer, ...]) -> Decision:
    """Write down that the order is complete, or why Commerce would not complete it."""
    order = known.order
    if order is None or order.commerce_order is None or not answers:
        return Decision(note="Nothing to complete.")
    if isinstance(answers[-1], RequestRefused):
        note = f"Commerce refused to complete order {order.commerce_order.number}: {answers[-1].reason}"
        return Decision(order.model_copy(update={"note": note}), note, rejection=note, suppress_reminder=True)
    complete = order.commerce_order.model_copy(update={"state": CommerceState.COMPLETE, "status": "complete"})
    note = "Status updated to Completed."
    after = derive(order, known.store, commerce_order=complete, note=note)
    told = payloads.OrderCompleted(store_id=after.store_id, amazon_order_id=after.amazon_order_id)
    return Decision(after, note, (told,))
