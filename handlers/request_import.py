"""An operator's request to import an order now, and not at the next sync."""

from handlers.decision import Decision, OrderContext
from schemas.order import Order
from schemas.payloads import ImportRequested
from schemas.status import ImportState


def refusal(order: Order) -> str | None:
    """Return why the import of an order cannot be requested, or None when it can."""
    if order.import_state in (ImportState.REQUESTED, ImportState.BLOCKED):
        return None
    if order.commerce_order is not None:
        return f"Its Commerce order is {order.commerce_order.number}."
    return f"Its import is {order.import_state.replace('_', ' ')}."


def decide(context: OrderContext, actor: str) -> Decision:
    """Return the request; the order stays as it is until the importer has tried. `context.order` must not be None."""
    order = context.order
    assert order is not None  # noqa: S101 - the caller found the order
    return Decision(note=f"Import requested by {actor}.", follow_ups=(ImportRequested.of(order.key),))
