"""The personal data of one order, for a person who may see it: each look is recorded before anything is shown."""

from handlers.edit_address import refusal
from operations.context import Context
from operations.errors import RefusedActionError
from operations.orders.queries import find_order
from operations.personal_data.looks import record_order_look
from schemas.fields import Moment
from schemas.personal import PersonalData, address_fields
from schemas.value import Value


class OrderPersonalData(Value):
    """The buyer and the shipping address of an order. Fields of the address are "" where there is none."""

    store_id: str
    amazon_order_id: str
    buyer_name: str | None
    buyer_email: str | None
    address: dict[str, str]
    """By field, those of EDITABLE_ADDRESS_FIELDS: `edit_address` takes each of them."""
    not_editable: str | None
    """Why the address cannot be edited, in a sentence; None when it can."""
    destroyed_at: Moment | None
    """When the data was destroyed, after the time that it is kept."""


def show_personal_data(
    context: Context, amazon_order_id: str, store_id: str | None = None, *, actor: str
) -> OrderPersonalData:
    """Return the personal data of an order, and record that *actor* saw it.

    Raises NotFoundError, AmbiguousOrderError, and RefusedActionError without an actor.
    """
    if not actor.strip():
        raise RefusedActionError("Personal data is shown to nobody without a name.")
    with context.ledger.begin() as work:
        order = find_order(work, amazon_order_id, store_id)
        personal = work.vault.load([order.key]).get(order.key) or PersonalData()
        record_order_look(work, order.key, actor, "the buyer and the shipping address")
    buyer = personal.buyer
    return OrderPersonalData(
        store_id=order.store_id,
        amazon_order_id=order.amazon_order_id,
        buyer_name=buyer.name if buyer else None,
        buyer_email=buyer.email if buyer else None,
        address=address_fields(personal.shipping_address),
        not_editable=refusal(order),
        destroyed_at=order.personal_data_destroyed_at,
    )
