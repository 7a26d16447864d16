"""Looking orders up: lists, one order, its history, the system message."""

from collections.abc import Iterator

from ledger.orders.lists import position_of
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.errors import NotFoundError
from operations.orders.details import details_of, published_line_of, row_of
from operations.orders.list_query import check_filter, format_position
from operations.orders.models import OrderDetails, OrderPage, OrderRow, PublishedLine
from operations.unknown_stores import message_to_staff
from schemas.blockers import Remedy, RemedyKind
from schemas.order import Order
from schemas.order_filters import OrderFilter, OrderPager


def list_orders(context: Context, order_filter: OrderFilter, pager: OrderPager) -> OrderPage:
    """Return one page of the orders that pass the filter; a page after the last has no orders.

    Raises WrongFilterError for a filter that no order can pass.
    """
    check_filter(order_filter)
    with context.ledger.read() as work:
        page = work.order_lists.page(order_filter, pager)
        message = message_to_staff(work)
    ends = [format_position(pager.sort, position_of(row, pager.sort)) for row in (page.rows[:1] + page.rows[-1:])]
    return OrderPage(
        orders=tuple(row_of(order) for order in page.rows),
        count=page.total,
        count_is_exact=page.exact,
        page=pager.page,
        page_size=pager.page_size,
        previous=ends[0] if ends and page.has_previous else None,
        next=ends[-1] if ends and page.has_next else None,
        system_message=message,
    )


def stream_orders(context: Context, order_filter: OrderFilter, pager: OrderPager) -> Iterator[OrderRow]:
    """Yield the orders of all pages, sorted as *pager* asks, as they were at one instant.

    Raises as `list_orders` does.
    """
    check_filter(order_filter)
    with context.ledger.read() as work:
        for order in work.order_lists.stream(order_filter, pager):
            yield row_of(order)


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
