"""An operator's edit of the seven address fields: it outranks what Amazon reports, and asks for the import again."""

from handlers.decision import Decision, Known
from handlers.rules.fold_report import edit, edited_stamp
from handlers.rules.order_state import follow_ups, settle
from schemas.order import Order
from schemas.personal import PersonalData


def why_not(order: Order) -> str | None:
    """Say why the address of an order cannot be edited, or None when it can: nobody imports what was discarded."""
    if order.given_up is None or order.commerce_order is not None:
        return None
    return f"It was {order.given_up}; it is not imported."


def decide(known: Known, changes: dict[str, str]) -> Decision:
    """Return what the edit changes; `known.order` must be there. Raises ValidationError for what makes no address."""
    before = known.order
    assert before is not None  # noqa: S101 - the caller found the order
    held = known.personal or PersonalData()
    address = edit(held.shipping_address, changes)
    at = {**before.facts_at, "shipping_address": edited_stamp(before.facts_at.get("shipping_address", 0))}
    note = f"Shipping address edited ({', '.join(sorted(changes))})."
    after = settle(before, known.store, facts_at=at, blocked_on=(), note=note)
    return Decision(
        order=after,
        note=note,
        personal=held.model_copy(update={"shipping_address": address}),
        follow_ups=follow_ups(before, after, known.store),
    )
