"""Reads over many orders: pages with filters and sorting, what the clock looks for, counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from ledger.errors import AmbiguousOrderError
from ledger.tables.core import BLOCKED, COMPLETABLE, orders, stores
from schemas.order import Order, OrderKey
from schemas.status import ImportState, Status

Condition = ColumnElement[bool]

STREAMED = 1000
"""Orders that are fetched at once where all are read; more would only take memory."""


class SortColumn(StrEnum):
    """What orders can be sorted by."""

    PURCHASE_DATE = "purchase_date"
    LAST_UPDATE_DATE = "last_update_date"
    AMAZON_ORDER_ID = "amazon_order_id"
    STORE_ID = "store_id"
    STATUS = "status"
    IMPORT_STATE = "import_state"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders: all that are given must hold. `order_id` may be the beginning of one; limits are included."""

    store_id: str | None = None
    statuses: Sequence[Status] = ()
    import_states: Sequence[ImportState] = ()
    purchased_from: datetime | None = None
    purchased_to: datetime | None = None
    order_id: str | None = None
    total_min: Decimal | None = None
    total_max: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of orders, and how many there are on all pages."""

    rows: list[Order]
    total: int


@dataclass(frozen=True, slots=True)
class OrderPager:
    """Which page, in which order: sorted over the whole set, those without a value last. Pages count from 1."""

    sort: SortColumn = SortColumn.PURCHASE_DATE
    descending: bool = True
    page: int = 1
    page_size: int = 50


def page_of(connection: Connection, wanted: OrderFilter, pager: OrderPager) -> Page:
    """Return one page of the orders that pass the filter."""
    total = connection.execute(select(func.count()).select_from(orders).where(*_conditions(wanted))).scalar_one()
    rows = _sorted(wanted, pager).limit(pager.page_size).offset((pager.page - 1) * pager.page_size)
    return Page(_read(connection, rows), total)


def all_of(connection: Connection, wanted: OrderFilter, pager: OrderPager) -> Iterator[Order]:
    """Yield the orders of all pages, as they are at one instant: no order twice, none left out, whoever writes."""
    streamed = _sorted(wanted, pager).execution_options(yield_per=STREAMED)
    for document in connection.execute(streamed).scalars():
        yield Order.model_validate_json(document)


def find(connection: Connection, amazon_order_id: str, store_id: str | None) -> Order | None:
    """Return an order, if it is recorded. Raises AmbiguousOrderError when no store is given and several have it."""
    wanted = select(orders.c.document).where(orders.c.amazon_order_id == amazon_order_id)
    if store_id is not None:
        wanted = wanted.where(orders.c.store_id == store_id)
    found = _read(connection, wanted.order_by(orders.c.store_id))
    if len(found) > 1:
        names = ", ".join(order.store_id for order in found)
        raise AmbiguousOrderError(f"Order {amazon_order_id} stands in several stores ({names}); name the store.")
    return found[0] if found else None


def blocked_stores(connection: Connection) -> list[str]:
    """Return the names of the stores that have blocked orders."""
    name = func.coalesce(stores.c.name, orders.c.store_id)
    joined = orders.outerjoin(stores, stores.c.store_id == orders.c.store_id)
    wanted = select(name.label("name")).select_from(joined).where(BLOCKED).distinct().order_by("name")
    return list(connection.execute(wanted).scalars())


def blocked(connection: Connection, after: OrderKey | None, limit: int) -> list[Order]:
    """Return blocked orders behind *after*, in key order."""
    return _read(connection, _behind(select(orders.c.document).where(BLOCKED), after, limit))


def completable(connection: Connection, after: OrderKey | None, limit: int) -> list[Order]:
    """Return orders behind *after*, in key order, that were shipped and whose Commerce order can be completed."""
    return _read(connection, _behind(select(orders.c.document).where(COMPLETABLE), after, limit))


def behind(connection: Connection, wanted: OrderFilter, after: OrderKey | None, limit: int) -> list[Order]:
    """Return orders behind *after*, in key order, that pass the filter: the way through all of them, page by page."""
    return _read(connection, _behind(select(orders.c.document).where(*_conditions(wanted)), after, limit))


def stale(connection: Connection, pending_before: datetime, after: OrderKey | None, limit: int) -> list[Order]:
    """Return orders behind *after*, in key order, that have waited for something outside since before this instant."""
    return _read(
        connection, _behind(select(orders.c.document).where(orders.c.pending_since < pending_before), after, limit)
    )


def counts(connection: Connection) -> dict[str, dict[str, int]]:
    """Return how many orders there are: `{"status": {"Shipped": 3, …}, "import_state": {"imported": 2, …}}`."""
    return {name: _counted(connection, name) for name in ("status", "import_state")}


def _counted(connection: Connection, name: str) -> dict[str, int]:
    column = orders.c[name]
    rows = connection.execute(select(column, func.count()).group_by(column).order_by(column))
    return {row[0]: row[1] for row in rows}


def _sorted(wanted: OrderFilter, pager: OrderPager) -> Select[Any]:
    column = orders.c[pager.sort.value]
    first = (column.desc() if pager.descending else column.asc()).nulls_last()
    every = select(orders.c.document).where(*_conditions(wanted))
    return every.order_by(first, orders.c.store_id, orders.c.amazon_order_id)


def _behind(wanted: Select[Any], after: OrderKey | None, limit: int) -> Select[Any]:
    key = (orders.c.store_id, orders.c.amazon_order_id)
    behind = wanted if after is None else wanted.where(tuple_(*key) > tuple_(*after))
    return behind.order_by(*key).limit(limit)


def _read(connection: Connection, wanted: Select[Any]) -> list[Order]:
    return [Order.model_validate_json(document) for document in connection.execute(wanted).scalars()]


def _conditions(wanted: OrderFilter) -> list[Condition]:
    found: list[Condition | None] = [
        orders.c.store_id == wanted.store_id if wanted.store_id else None,
        orders.c.status.in_([one.value for one in wanted.statuses]) if wanted.statuses else None,
        orders.c.import_state.in_([one.value for one in wanted.import_states]) if wanted.import_states else None,
        orders.c.purchase_date >= wanted.purchased_from if wanted.purchased_from else None,
        orders.c.purchase_date <= wanted.purchased_to if wanted.purchased_to else None,
        orders.c.amazon_order_id.startswith(wanted.order_id, autoescape=True) if wanted.order_id else None,
        orders.c.total >= wanted.total_min if wanted.total_min is not None else None,
        orders.c.total <= wanted.total_max if wanted.total_max is not None else None,
    ]
    return [condition for condition in found if condition is not None]
