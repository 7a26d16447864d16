"""The names of the buyers of listed orders, for a person who may see them: each look is recorded, order by order."""

from collections.abc import Collection

from operations.context import Context
from operations.personal_data.looks import record_order_look
from schemas.order import OrderKey
from schemas.personal import PersonalData


def show_buyer_names(context: Context, orders: Collection[OrderKey], *, actor: str) -> dict[OrderKey, str]:
    """Return the buyer's name of each of these orders that has one, and record that *actor* saw them."""
    with context.ledger.begin() as work:
        personal_data = work.vault.load(orders)
        names = {
            key: name
            for key, personal in personal_data.items()
            if (name := (personal.buyer and personal.buyer.name) or _recipient(personal))
        }
        for key in sorted(names):
            record_order_look(work, key, actor, "the buyer's name, in a list")
    return names


def _recipient(personal: PersonalData) -> str | None:
    """Return the recipient's name, for orders whose buyer Amazon withholds."""
    return personal.shipping_address.name if personal.shipping_address else None
