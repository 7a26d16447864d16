"""import.requested, of an order that is imported: its Commerce order gets the address that an operator has edited."""

from handlers.decision import Decision, OrderContext
from handlers.rules.commerce_address import complete_address
from handlers.rules.order_state import derive
from schemas.gateway_requests import Answer, ChangeAddress, RequestRefused


def is_due(context: OrderContext) -> bool:
    """Whether the order has an open Commerce order, whose address is another than the edited one."""
    return context.order is not None and derive(context.order, context.store).address_outdated


def ask(context: OrderContext, answers: tuple[Answer, ...]) -> ChangeAddress | None:
    """Request the change of the address, once; None when the address is not kept any more."""
    order, personal = context.order, context.personal
    if answers or order is None or order.commerce_order is None:
        return None
    if personal is None or personal.shipping_address is None:
        return None
    completed = complete_address(personal, context.store.settings.missing_phone)
    return ChangeAddress(order.key, order.commerce_order.number, completed)


def decide(context: OrderContext, answers: tuple[Answer, ...]) -> Decision:
    """Record that Commerce has the address, or Commerce's refusal."""
    order = context.order
    assert order is not None  # noqa: S101 - it is due
    assert order.commerce_order is not None  # noqa: S101 - it is due
    number = order.commerce_order.number
    match answers:
        case (RequestRefused(reason=reason),):
            note = (
                f"Commerce order {number} keeps its address: {reason}. Edit it again, or change it in Commerce's admin."
            )
            return Decision(order.model_copy(update={"note": note}), note, rejection=note, suppress_reminder=True)
        case ():
            note = f"Commerce order {number} keeps its address: the edited one is not kept any more."
        case _:
            note = f"Commerce order {number} has the edited address."
    return Decision(derive(order, context.store, address_outdated=False, note=note), note)
