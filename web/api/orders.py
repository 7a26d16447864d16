"""Orders: lists, details, history, timeline, explanation, personal data."""

from dataclasses import replace
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import Field, StringConstraints

from operations.orders import lists, queries
from operations.orders.buyer_search import buyer_keys, record_search
from operations.orders.explain import explain
from operations.orders.explanation import Explanation, NeverPlacedOrder
from operations.orders.export import csv_lines
from operations.orders.list_query import check_filter, parse_position
from operations.orders.models import OrderDetails, OrderPage, PublishedLine
from operations.orders.personal import OrderPersonalData, show_personal_data
from operations.orders.timeline import Timeline, order_timeline
from schemas.fields import Moment
from schemas.order_filters import OrderFilter, OrderPager, SortColumn
from schemas.status import ImportState, Status
from web.api.fields import AmazonOrderIdPath, InStore, RequestBody, Word
from web.api.paging import Limit, Page
from web.api.permissions import Reader, SeesPersonalData
from web.context import Ctx

router = APIRouter(tags=["orders"])

Amount = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$")]


class OrdersQuery(RequestBody):
    """The filter, order and page of a list of orders; all criteria that are given must hold."""

    store_id: Word | None = Field(None, description="Only orders of this store.")
    status: tuple[Status, ...] = Field((), description="Only orders with one of these statuses.")
    import_state: tuple[ImportState, ...] = Field((), description="Only orders in one of these import states.")
    purchased_from: Moment | None = Field(None, description="Purchased at or after.")
    purchased_to: Moment | None = Field(None, description="Purchased at or before.")
    order_id: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{1,19}$")] | None = Field(
        None, description="How the order id begins."
    )
    total_min: Amount | None = Field(None, description="The lowest total, in the order's currency.", examples=["11.01"])
    total_max: Amount | None = Field(None, description="The highest total.")
    sort: SortColumn = Field(SortColumn.PURCHASE_DATE, description="The column to sort by.")
    descending: bool = Field(default=True, description="The greatest or newest first.")
    limit: Limit = 50
    cursor: Annotated[str, StringConstraints(max_length=2000)] = Field(
        "", description="`next` or, for the page before, `previous` of a page; empty for the first page."
    )
    backwards: bool = Field(default=False, description="The cursor is a `previous`.")
    asks_to_cancel: bool = Field(default=False, description="Only orders whose buyer asked to cancel, undecided.")

    def filter(self) -> OrderFilter:
        """Return the filter."""
        return OrderFilter(
            store_id=self.store_id,
            statuses=self.status,
            import_states=self.import_state,
            purchased_from=self.purchased_from,
            purchased_to=self.purchased_to,
            order_id=self.order_id,
            total_min=_decimal(self.total_min),
            total_max=_decimal(self.total_max),
            asks_to_cancel=self.asks_to_cancel,
        )

    def pager(self) -> OrderPager:
        """Return the page. Raises WrongFilterError for a cursor of another list."""
        position = parse_position(self.sort, self.cursor) if self.cursor else None
        after, before = (None, position) if self.backwards else (position, None)
        return OrderPager(self.sort, self.descending, page_size=self.limit, after=after, before=before)


class BuyerSearch(OrdersQuery):
    """A list of orders, of those whose buyer's name has all words of `name`."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")] = Field(
        description="Words of the buyer's name, in any order, without case and accents.", examples=["Ann Example"]
    )


def _decimal(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


@router.get("/orders", operation_id="listOrders")
def list_orders(context: Ctx, person: Reader, query: Annotated[OrdersQuery, Query()]) -> OrderPage:
    """List orders. A page takes the same time anywhere in the list."""
    return lists.list_orders(context, query.filter(), query.pager())


@router.post("/order-searches", operation_id="searchOrdersByBuyer")
def search_by_buyer(context: Ctx, person: SeesPersonalData, search: BuyerSearch) -> OrderPage:
    """List the orders of a buyer. The name is in no address, and the search is recorded without it."""
    order_filter = replace(search.filter(), buyer=buyer_keys(context, search.name))
    record_search(context, person.name)
    return lists.list_orders(context, order_filter, search.pager())


@router.get(
    "/order-exports",
    operation_id="exportOrders",
    response_class=StreamingResponse,
    responses={200: {"description": "The orders.", "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def export_orders(context: Ctx, person: Reader, query: Annotated[OrdersQuery, Query()]) -> StreamingResponse:
    """Write the orders of all pages as CSV; `limit` and `cursor` do not count. No cell runs as a formula."""
    order_filter = query.filter()
    check_filter(order_filter)
    lines = csv_lines(lists.stream_orders(context, order_filter, OrderPager(query.sort, query.descending)))
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8")


@router.get("/orders/{amazon_order_id}", operation_id="showOrder")
def show_order(
    context: Ctx, person: Reader, amazon_order_id: AmazonOrderIdPath, store_id: InStore = None
) -> OrderDetails:
    """Show an order with its items, parcels, blockers and history, without personal data."""
    return queries.show_order(context, amazon_order_id, store_id)


@router.get("/orders/{amazon_order_id}/explanation", operation_id="explainOrder")
def explain_order(
    context: Ctx, person: Reader, amazon_order_id: AmazonOrderIdPath, store_id: InStore = None
) -> Explanation | NeverPlacedOrder:
    """Explain an order's blockers and their solutions, by a fresh look-up in Commerce.

    Of an order that was never placed, the events that wait for it.
    """
    return explain(context, amazon_order_id, store_id)


@router.get("/orders/{amazon_order_id}/history", operation_id="showOrderHistory")
def order_history(
    context: Ctx, person: Reader, amazon_order_id: AmazonOrderIdPath, store_id: InStore = None
) -> Page[PublishedLine]:
    """Show the events that were handled for an order, oldest first."""
    return Page(items=queries.order_history(context, amazon_order_id, store_id))


@router.get("/orders/{amazon_order_id}/timeline", operation_id="showOrderTimeline")
def timeline(context: Ctx, person: Reader, amazon_order_id: AmazonOrderIdPath, store_id: InStore = None) -> Timeline:
    """Show everything that happened about an order: events, people's actions, dead letters, failed calls."""
    return order_timeline(context, amazon_order_id, store_id)


@router.get("/orders/{amazon_order_id}/personal-data", operation_id="showPersonalData")
def personal_data(
    context: Ctx, person: SeesPersonalData, amazon_order_id: AmazonOrderIdPath, store_id: InStore = None
) -> OrderPersonalData:
    """Show the buyer and the shipping address. The look is recorded with the person's name."""
    return show_personal_data(context, amazon_order_id, store_id, actor=person.name)
