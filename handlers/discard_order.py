"""A person's discard of a blocked order: it is never imported, whatever is reported, set or mended later."""

from handlers.decision import Decision, OrderContext
from handlers.rules.order_state import derive, follow_ups
from schemas.order import Discarded


def decide(known: OrderContext, given_up: Discarded) -> Decision:
    """Return the order given up; `known.order` must be there."""
    before = known.order
    assert before is not None  # noqa: S101 - the caller found the order
    note = f"Discarded by {given_up.who} ({given_up.why}); it is not imported."
    after = derive(before, known.store, discarded=given_up, note=note)
    return Decision(after, note, follow_ups(before, after, known.store))
