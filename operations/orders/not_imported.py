"""Why an order that is not blocked has no Commerce order, in words."""

from handlers.rules.order_state import is_before_integration
from schemas.order import Order
from schemas.status import ImportState, Status
from schemas.store import Store

_ON_ITS_WAY = {Status.PENDING, Status.PENDING_AVAILABILITY, Status.INVOICE_UNCONFIRMED}


def why_not_imported(order: Order, store: Store) -> str:
    """Say why no Commerce order is to be created."""
    if order.import_state is ImportState.CANCELED:
        return "Amazon canceled the order; nothing is created."
    if order.given_up is not None:
        return f"It was {order.given_up}; it is not imported."
    if is_before_integration(order, store):
        return "It was bought before the store's integration; it is never imported."
    if order.import_state is ImportState.VIEW_ONLY:
        return "The store's order import is disabled; manage the order in Amazon Seller Central."
    nothing = f"Nothing yet: while Amazon says {order.amazon_status}, the matrix creates no order."
    if Status(order.amazon_status) in _ON_ITS_WAY:
        return f"{nothing} Amazon verifies the payment first, and then says Unshipped."
    return nothing
