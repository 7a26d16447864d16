"""order.placed: the order goes into the Amazon orders table, or what is known of it is completed."""

from handlers.change_status import take_report
from handlers.decision import Decision, OrderContext
from schemas.gateway_requests import Answer
from schemas.payloads import OrderPlaced


def decide(known: OrderContext, event: OrderPlaced, answers: tuple[Answer, ...] = ()) -> Decision:
    """Record the order as Amazon tells it; a repeated or late telling adds only what was not known."""
    return take_report(known, event)
