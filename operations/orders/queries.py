"""Looking orders up: one order, its history, the system message."""

from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.errors import NotFoundError
from operations.orders.details import details_of, published_line_of
from operations.orders.models import OrderDetails, PublishedLine
from operations.unknown_stores import message_to_staff
from schemas.blockers import Remedy, RemedyKind
from schemas.order import Order


def show_order(context: Context, amazon_order_id: str, store_id: str | None = None) -> OrderDetails:
    """Return an order in full. Raises NotFoundError, and AmbiguousOrderError when several stores have it."""
    with context.ledger.read() as work:
        order = find_order(work, amazon_order_id, store_id)
        matches = work.matches.load({(order.store_id, line.seller_sku) for line in order.lines})
        history = work.history.of_order(order.key)
    by_listing = {seller_sku: sku for (_, seller_sku), sku in matches.items()}
    return details_of(order, by_listing, history, context.settings.commerce_admin_url)


def order_history(context: Context, amazon_order_id: str, store_id: str | None = None) -> tuple[PublishedLine, ...]:
    """Return an order's history, oldest first. Raises as `show_order` does."""
    with context.ledger.read() as work:
        order = find_order(work, amazon_order_id, store_id)
        return tuple(published_line_of(entry) for entry in work.history.of_order(order.key))


def system_message(context: Context) -> str | None:
    """Return the documented message while any store has blocked orders, and that events wait for stores; or None."""
    with context.ledger.read() as work:
        return message_to_staff(work)


def find_order(work: UnitOfWork, amazon_order_id: str, store_id: str | None) -> Order:
    """Return an order. Raises NotFoundError, and AmbiguousOrderError when several stores have it."""
    order = work.orders.find(amazon_order_id, store_id)
    if order is None:
        in_store = f" in store {store_id}" if store_id else ""
        raise NotFoundError(f"There is no order {amazon_order_id}{in_store}.", hint=Remedy(kind=RemedyKind.LIST_ORDERS))
    return order
