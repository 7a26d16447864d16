"""completion.requested: completes the Commerce order of an order that is shipped in full."""

from handlers.decision import Decision, OrderContext
from handlers.rules.order_state import derive
from schemas import payloads
from schemas.gateway_requests import Answer, CompleteOrder, RequestRefused
from schemas.order import CommerceState
from schemas.payloads import CompletionRequested


def ask(context: OrderContext, event: CompletionRequested, answers: tuple[Answer, ...]) -> CompleteOrder | None:
    """Request the completion when every line is shipped in full and the Commerce order is open."""
    order = context.order
    if order is None or answers or order.commerce_order is None or not derive(order, context.store).completable:
        return None
    return CompleteOrder(order.key, order.commerce_order.number)


def decide(context: OrderContext, event: CompletionRequested, answers: tuple[Answer, ...]) -> Decision:
    """Record the completion, or Commerce's refusal."""
    order = context.order
    if order is None or order.commerce_order is None or not answers:
        return Decision(note="Nothing to complete.")
    if isinstance(answers[-1], RequestRefused):
        note = f"Commerce refused to complete order {order.commerce_order.number}: {answers[-1].reason}"
        return Decision(order.model_copy(update={"note": note}), note, rejection=note, suppress_reminder=True)
    complete = order.commerce_order.model_copy(update={"state": CommerceState.COMPLETE, "status": "complete"})
    note = "Status updated to Completed."
    after = derive(order, context.store, commerce_order=complete, note=note)
    return Decision(after, note, (payloads.OrderCompleted.of(after.key),))
