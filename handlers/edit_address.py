"""An operator's edit of the shipping address: it outranks Amazon's reports, and requests the import again.

The request also takes the address to a Commerce order that exists already, as long as that is open.
"""

from handlers.decision import Decision, OrderContext
from handlers.rules.commerce_address import region_refusal
from handlers.rules.fold_report import edit, edited_stamp
from handlers.rules.order_state import derive, follow_ups
from schemas.order import CommerceState, Order
from schemas.personal import PersonalData


def refusal(order: Order) -> str | None:
    """Return why the address of an order cannot be edited, or None when it can: a discarded order is not imported."""
    if order.discarded is None or order.commerce_order is not None:
        return None
    return f"It was {order.discarded}; it is not imported."


def field_refusal(context: OrderContext, changes: dict[str, str]) -> str | None:
    """Return which field of the edited address Commerce will not accept, or None. Raises ValidationError as `decide`.

    A region is checked when it or its country is edited.
    """
    address = edit(context.personal.shipping_address if context.personal else None, changes)
    return region_refusal(address) if {"region", "country_code"} & changes.keys() else None


def decide(context: OrderContext, changes: dict[str, str]) -> Decision:
    """Return the effects of the edit; `context.order` must not be None. Raises ValidationError: an invalid address."""
    before = context.order
    assert before is not None  # noqa: S101 - the caller found the order
    personal = context.personal or PersonalData()
    address = edit(personal.shipping_address, changes)
    stamps = {**before.fact_stamps, "shipping_address": edited_stamp(before.fact_stamps.get("shipping_address", 0))}
    note = f"Shipping address edited ({', '.join(sorted(changes))}).{_kept_note(before)}"
    after = derive(before, context.store, fact_stamps=stamps, address_outdated=True, blockers=(), note=note)
    return Decision(
        order=after,
        note=note,
        personal=personal.model_copy(update={"shipping_address": address}),
        # An earlier edit may have been requested already, and refused: this one is requested all the same.
        follow_ups=follow_ups(before.with_fields(address_outdated=False), after, context.store),
    )


def _kept_note(order: Order) -> str:
    """Return that the Commerce order keeps its address, "" where it gets the edited one, or does not exist yet."""
    commerce_order = order.commerce_order
    if commerce_order is None or commerce_order.state is CommerceState.OPEN:
        return ""
    number, state = commerce_order.number, commerce_order.state
    return f" Commerce order {number} is {state} and keeps its address; change it in Commerce's admin."
