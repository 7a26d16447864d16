"""Lists of orders: filtered, sorted over the whole set, a page at a time.

Every sort column has an index, and a page begins after an order instead of after a number of orders, so that a page
takes as long at the end of a million orders as at the start.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Select, func, select, tuple_, union_all

from ledger.orders.filters import Condition, order_conditions, orders_of_buyer
from ledger.orders.orders import parse_order
from ledger.orders.sales import Sales
from ledger.tables.orders import orders
from ledger.transaction import Transaction
from schemas.order import Order
from schemas.order_filters import OrderFilter, OrderPager, OrderPosition, SortColumn

STREAM_CHUNK = 1000
"""Orders fetched at a time when all are read; more would only take memory."""

COUNT_LIMIT = 10_000
"""Orders that are counted one by one; a million would take longer than the page."""

_TIES = (SortColumn.PURCHASE_DATE, SortColumn.STORE_ID, SortColumn.AMAZON_ORDER_ID)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of orders, and whether others come before and after it.

    `total` is the number of orders on all pages, or where it is not `exact` one that is lower.
    """

    rows: list[Order]
    total: int
    exact: bool
    has_previous: bool
    has_next: bool


class _Segment(NamedTuple):
    """A part of the sorted list: its condition, and the columns that sort it."""

    condition: Condition | None
    columns: tuple[Column[Any], ...]


@dataclass(frozen=True, slots=True)
class OrderLists:
    """Lists of orders, in one transaction."""

    tx: Transaction

    def page(self, order_filter: OrderFilter | None = None, pager: OrderPager | None = None) -> Page:
        """Return one page of the orders that pass the filter, or of all orders."""
        order_filter, pager = order_filter or OrderFilter(), pager or OrderPager()
        fetched = self._read(order_filter, pager, pager.page_size + 1)
        rows, has_more = fetched[: pager.page_size], len(fetched) > pager.page_size
        total, exact = self._count(order_filter)
        if pager.before:
            return Page(rows[::-1], total, exact, has_more, True)
        is_first = pager.after is None and pager.page == 1
        return Page(rows, total, exact, not is_first, has_more)

    def first(self, order_filter: OrderFilter, limit: int) -> list[Order]:
        """Return the latest orders that pass the filter, without counting all."""
        return self._read(order_filter, OrderPager(), limit)

    def stream(self, order_filter: OrderFilter, pager: OrderPager) -> Iterator[Order]:
        """Yield the orders of all pages as they are at one instant: none twice or left out while others write."""
        first, *ties = _columns(pager.sort)
        order = [_directed(first, pager.descending).nulls_last(), *(_directed(tie, pager.descending) for tie in ties)]
        query = select(orders.c.document).where(*order_conditions(order_filter)).order_by(*order)
        for document in self.tx.connection.execute(query.execution_options(yield_per=STREAM_CHUNK)).scalars():
            yield parse_order(document)

    def _count(self, order_filter: OrderFilter) -> tuple[int, bool]:
        """Return how many orders pass the filter, and True; or COUNT_LIMIT and False where there are more.

        Of a store and of statuses there are sums, which count any number of orders.
        """
        if order_filter == OrderFilter(store_id=order_filter.store_id, statuses=order_filter.statuses):
            return Sales(self.tx).count(order_filter.store_id, [status.value for status in order_filter.statuses]), True
        if order_filter.buyer and order_filter == OrderFilter(buyer=order_filter.buyer):
            # The vault's rows are of recorded orders, none of which has to be looked up.
            matching: Select[Any] = orders_of_buyer(order_filter.buyer)
        else:
            matching = select(orders.c.store_id).where(*order_conditions(order_filter))
        counted_rows = select(func.count()).select_from(matching.limit(COUNT_LIMIT + 1).subquery())
        counted = self.tx.connection.execute(counted_rows).scalar_one()
        return min(counted, COUNT_LIMIT), counted <= COUNT_LIMIT

    def _read(self, order_filter: OrderFilter, pager: OrderPager, limit: int) -> list[Order]:
        """Return orders in the direction of reading: backwards from `before`."""
        documents: list[str] = []
        skip = 0 if pager.after or pager.before else (pager.page - 1) * pager.page_size
        for segment, position in _segments(pager):
            left = limit - len(documents)
            if left > 0:
                query = _query(order_filter, pager, segment, position, left + skip)
                fetched = self.tx.connection.execute(query.offset(skip)).scalars().all()
                documents += fetched[:left]
                skip = 0 if fetched or not skip else max(skip - self._size(order_filter, segment), 0)
        return [parse_order(document) for document in documents]

    def _size(self, order_filter: OrderFilter, segment: _Segment) -> int:
        query = select(func.count()).select_from(orders).where(*_conditions(order_filter, segment))
        return self.tx.connection.execute(query).scalar_one()


def position_of(order: Order, sort: SortColumn) -> OrderPosition:
    """Return where an order is in a list that is sorted by this column."""
    return OrderPosition(_value(order, sort), order.purchase_date, order.store_id, order.amazon_order_id)


def _value(order: Order, sort: SortColumn) -> datetime | Decimal | str | None:
    if sort is not SortColumn.TOTAL:
        value: datetime | str = getattr(order, sort.value)
        return value
    return order.total.amount if order.total else None


def _columns(sort: SortColumn) -> tuple[Column[Any], ...]:
    return tuple(orders.c[name] for name in dict.fromkeys((sort.value, *_TIES)))


def _directed(column: ColumnElement[Any], descending: bool) -> ColumnElement[Any]:
    return column.desc() if descending else column.asc()


def _segments(pager: OrderPager) -> list[tuple[_Segment, OrderPosition | None]]:
    """Return the segments to read, in the direction of reading, each with the position to start from.

    Orders without a total are a segment of their own: no index has them last in both directions.
    """
    columns = _columns(pager.sort)
    position = pager.after or pager.before
    if pager.sort is not SortColumn.TOTAL:
        return [(_Segment(None, columns), position)]
    total = orders.c.total
    segments = [_Segment(total.is_not(None), columns), _Segment(total.is_(None), columns[1:])]
    if position is None:
        return [(segment, None) for segment in segments]
    start = 0 if position.value is not None else 1
    rest = segments[start + 1 :] if pager.after else segments[:start]
    return [(segments[start], position), *((segment, None) for segment in rest)]


def _conditions(order_filter: OrderFilter, segment: _Segment) -> list[Condition]:
    return [*order_conditions(order_filter), *([] if segment.condition is None else [segment.condition])]


def _query(
    order_filter: OrderFilter, pager: OrderPager, segment: _Segment, position: OrderPosition | None, limit: int
) -> Select[Any]:
    """Return the query of a segment's first orders after the position, in the direction of reading."""
    descending = pager.descending is not bool(pager.before)
    order = [_directed(column, descending) for column in segment.columns]
    branches = [
        select(orders.c.document, *segment.columns)
        .where(*_conditions(part, segment), *_beyond(segment, position, pager.sort, descending))
        .order_by(*order)
        .limit(limit)
        for part in _one_by_one(order_filter, pager.sort)
    ]
    if len(branches) == 1:
        return branches[0].with_only_columns(orders.c.document, maintain_column_froms=True)
    merged = union_all(*(select(branch.subquery()) for branch in branches)).subquery()
    return (
        select(merged.c.document)
        .order_by(*(_directed(merged.c[column.name], descending) for column in segment.columns))
        .limit(limit)
    )


def _one_by_one(order_filter: OrderFilter, sort: SortColumn) -> Sequence[OrderFilter]:
    """Return a filter for each of several statuses or states: an index has the orders of one in order, not of two."""
    if sort is SortColumn.PURCHASE_DATE and len(order_filter.statuses) > 1:
        return [replace(order_filter, statuses=(status,)) for status in dict.fromkeys(order_filter.statuses)]
    if sort is SortColumn.PURCHASE_DATE and len(order_filter.import_states) > 1:
        return [replace(order_filter, import_states=(state,)) for state in dict.fromkeys(order_filter.import_states)]
    return [order_filter]


def _beyond(
    segment: _Segment, position: OrderPosition | None, sort: SortColumn, descending: bool
) -> list[ColumnElement[bool]]:
    if position is None:
        return []
    values = {**position._asdict(), sort.value: position.value}
    row = tuple_(*segment.columns)
    bound = tuple_(*(values[c.name] for c in segment.columns), types=[column.type for column in segment.columns])
    return [row < bound if descending else row > bound]
