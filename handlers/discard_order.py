"""A person's discard of a blocked order: it is never imported, whatever is reported, set or mended later."""

from handlers.decision import Decision, Known
from handlers.rules.order_state import follow_ups, settle
from schemas.order import GivenUp


def decide(known: Known, given_up: GivenUp) -> Decision:
    """Return the order given up; `known.order` must be there."""
    before = known.order
    assert before is not None  # noqa: S101 - the caller found the order
    note = f"Discarded by {given_up.who} ({given_up.why}); it is not imported."
    after = settle(before, known.store, given_up=given_up, note=note)
    return Decision(after, note, follow_ups(before, after, known.store))
