"""An operator's discard of a blocked order: no later report, setting or fix has it imported."""

from handlers.decision import Decision, OrderContext
from handlers.rules.order_state import derive, follow_ups
from schemas.order import Discarded


def decide(context: OrderContext, discarded: Discarded) -> Decision:
    """Return the effects of the discard; `context.order` must not be None."""
    before = context.order
    assert before is not None  # noqa: S101 - the caller found the order
    note = f"Discarded by {discarded.who} ({discarded.why}); it is not imported."
    after = derive(before, context.store, discarded=discarded, note=note)
    return Decision(after, note, follow_ups(before, after, context.store))
