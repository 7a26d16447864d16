"""An operator's edit of the seven address fields: it outranks what Amazon reports, and asks for the import again."""

from handlers.decision import Decision, OrderContext
from handlers.rules.fold_report import edit, edited_stamp
from handlers.rules.order_state import derive, follow_ups
from schemas.order import Order
from schemas.personal import PersonalData


def refusal(order: Order) -> str | None:
    """Say why the address of an order cannot be edited, or None when it can: nobody imports what was discarded."""
    if order.discarded is None or order.commerce_order is not None:
        return None
    return f"It was {order.discarded}; it is not imported."


def decide(known: OrderContext, changes: dict[str, str]) -> Decision:
    """Return what the edit changes; `known.order` must be there. Raises ValidationError for what makes no address."""
    before = known.order
    assert before is not None  # noqa: S101 - the caller found the order
    held = known.personal or PersonalData()
    address = edit(held.shipping_address, changes)
    at = {**before.fact_stamps, "shipping_address": edited_stamp(before.fact_stamps.get("shipping_address", 0))}
    note = f"Shipping address edited ({', '.join(sorted(changes))})."
    after = derive(before, known.store, fact_stamps=at, blockers=(), note=note)
    return Decision(
        order=after,
        note=note,
        personal=held.model_copy(update={"shipping_address": address}),
        follow_ups=follow_ups(before, after, known.store),
    )
