"""An operator's decision to import an order that its buyer asked to cancel; another request blocks it again."""

from datetime import datetime

from handlers.decision import Decision, OrderContext
from handlers.rules.buyer_cancellation import buyer_cancellation, keys_to_decline
from handlers.rules.order_state import derive, follow_ups
from schemas.instructions import DeclinedCancellation
from schemas.order import Order


def refusal(order: Order) -> str | None:
    """Return why there is nothing to decline, or None when a request is undecided."""
    if order.discarded is not None:
        return f"It was {order.discarded}; it is not imported."
    if buyer_cancellation(order) is not None:
        return None
    if order.declined_cancellation is not None:
        return f"It was declined by {order.declined_cancellation.who} ({order.declined_cancellation.reason})."
    return f"No request of its buyer is open; its Amazon status is {order.amazon_status}."


def decide(context: OrderContext, who: str, at: datetime, reason: str) -> Decision:
    """Return the effects of the decision; a request of `context.order` must be undecided."""
    before = context.order
    assert before is not None  # noqa: S101 - the caller found the order
    request = buyer_cancellation(before)
    assert request is not None  # noqa: S101 - else `refusal` had a reason
    earlier = before.declined_cancellation.keys if before.declined_cancellation else ()
    keys = tuple(dict.fromkeys((*earlier, *keys_to_decline(before, request))))
    declined = DeclinedCancellation(keys=keys, who=who, at=at, reason=reason)
    note = f"The buyer's request to cancel was declined by {who} ({reason})."
    after = derive(before, context.store, declined_cancellation=declined, blockers=(), note=note)
    return Decision(after, note, follow_ups(before, after, context.store))
