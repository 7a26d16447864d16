"""order.placed: records the order, or adds the report's facts to the recorded order."""

from handlers.change_status import apply_report
from handlers.decision import Decision, OrderContext
from schemas.gateway_requests import Answer
from schemas.payloads import OrderPlaced


def decide(context: OrderContext, event: OrderPlaced, answers: tuple[Answer, ...] = ()) -> Decision:
    """Record the order as reported; a repeated or late report adds only facts that were missing."""
    return apply_report(context, event)
