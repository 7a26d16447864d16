"""Lists of orders: a page, and all pages as a stream. They need no handler, as the details of an order do."""

from collections.abc import Iterator

from handlers.rules.buyer_cancellation import buyer_cancellation_sentence
from ledger.orders.lists import position_of
from operations.context import Context
from operations.orders.list_query import check_filter, format_position
from operations.orders.models import OrderPage, OrderRow
from operations.unknown_stores import message_to_staff
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


def row_of(order: Order) -> OrderRow:
    """Return an order as a row of the list."""
    return OrderRow(
        store_id=order.store_id,
        amazon_order_id=order.amazon_order_id,
        purchase_date=order.purchase_date,
        last_update_date=order.last_update_date,
        status=order.status,
        amazon_status=order.amazon_status,
        import_state=order.import_state,
        fulfillment_channel=order.fulfillment_channel,
        total=order.total,
        commerce_order=order.commerce_order.number if order.commerce_order else None,
        note=order.note,
        buyer_cancellation=buyer_cancellation_sentence(order),
    )
