"""Orders: load many by key, save many if nobody wrote them since."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from ledger.errors import AmbiguousOrderError
from ledger.orders.filters import Page, conditions
from ledger.sql.rows import Part, fetch_by_keys
from ledger.sql.statements import KeySelect, Upsert, key_equals
from ledger.tables.core import (
    BLOCKED,
    COMPLETABLE,
    NEVER_PLACED,
    STILL_EARLY,
    dead_letters,
    early_events,
    orders,
    stores,
)
from ledger.transaction import Transaction
from schemas.order import Order, OrderKey
from schemas.order_filters import OrderFilter, OrderPager

KEY = ("store_id", "amazon_order_id")


def _waits_in(waiting: tuple[Table, ColumnElement[bool]], order: FromClause) -> ColumnElement[bool]:
    table, still = waiting
    return exists().where(*key_equals(table, order, KEY), still)


_ONE: ColumnElement[int] = literal_column("1")
_READ = KeySelect(orders, KEY, ("document",))
_LOCK = KeySelect(orders, KEY, ("document",), lock=True)
_WAITING = ((early_events, STILL_EARLY), (dead_letters, NEVER_PLACED))
_CHANGING = tuple(column.name for column in orders.columns if column.name not in KEY)
_SAVE = Upsert(
    orders,
    keys=KEY,
    change=lambda new: {name: new[name] for name in _CHANGING},
    only_if=lambda new: orders.c.version == new.version - _ONE,
    returning=(*KEY, "version"),
    count_where=lambda written: (written.c.version == _ONE) & or_(*(_waits_in(table, written) for table in _WAITING)),
)


STREAMED = 1000
"""Orders that are fetched at once where all are read; more would only take memory."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders, in one transaction."""

    tx: Transaction

    def load(self, keys: Collection[OrderKey], lock: bool) -> dict[OrderKey, Order]:
        """Return the orders that are recorded; with *lock*, nobody else writes them until this transaction ends."""
        rows = fetch_by_keys(self.tx.connection, _LOCK if lock else _READ, sorted(set(keys)))
        found = (read(row.document) for row in rows)
        return {order.key: order for order in found}

    def page(self, wanted: OrderFilter | None = None, pager: OrderPager | None = None) -> Page:
        """Return one page of the orders that pass the filter; of all orders unless one is given."""
        wanted, pager = wanted or OrderFilter(), pager or OrderPager()
        total = self.tx.connection.execute(
            select(func.count()).select_from(orders).where(*conditions(wanted))
        ).scalar_one()
        rows = _sorted(wanted, pager).limit(pager.page_size).offset((pager.page - 1) * pager.page_size)
        return Page(_read(self.tx.connection, rows), total)

    def stream(self, wanted: OrderFilter, pager: OrderPager) -> Iterator[Order]:
        """Yield the orders of all pages, as they are at one instant: no order twice, none left out, whoever writes."""
        streamed = _sorted(wanted, pager).execution_options(yield_per=STREAMED)
        for document in self.tx.connection.execute(streamed).scalars():
            yield Order.model_validate_json(document)

    def find(self, amazon_order_id: str, store_id: str | None = None) -> Order | None:
        """Return an order, if it is recorded. Raises AmbiguousOrderError when no store is given and several have it."""
        wanted = select(orders.c.document).where(orders.c.amazon_order_id == amazon_order_id)
        if store_id is not None:
            wanted = wanted.where(orders.c.store_id == store_id)
        found = _read(self.tx.connection, wanted.order_by(orders.c.store_id))
        if len(found) > 1:
            names = ", ".join(order.store_id for order in found)
            raise AmbiguousOrderError(f"Order {amazon_order_id} stands in several stores ({names}); name the store.")
        return found[0] if found else None

    def blocked_stores(self) -> list[str]:
        """Return the names of the stores that have blocked orders."""
        name = func.coalesce(stores.c.name, orders.c.store_id)
        joined = orders.outerjoin(stores, stores.c.store_id == orders.c.store_id)
        wanted = select(name.label("name")).select_from(joined).where(BLOCKED).distinct().order_by("name")
        return list(self.tx.connection.execute(wanted).scalars())

    def blocked(self, after: OrderKey | None, limit: int) -> list[Order]:
        """Return blocked orders behind *after*, in key order."""
        return _read(self.tx.connection, _behind(select(orders.c.document).where(BLOCKED), after, limit))

    def completable(self, after: OrderKey | None, limit: int) -> list[Order]:
        """Return orders behind *after*, in key order, that were shipped and whose Commerce order can be completed."""
        return _read(self.tx.connection, _behind(select(orders.c.document).where(COMPLETABLE), after, limit))

    def after(self, wanted: OrderFilter, after: OrderKey | None, limit: int) -> list[Order]:
        """Return the page of orders after *after*, in key order, that pass the filter."""
        return _read(self.tx.connection, _behind(select(orders.c.document).where(*conditions(wanted)), after, limit))

    def stale(self, pending_before: datetime, after: OrderKey | None, limit: int) -> list[Order]:
        """Return orders after *after*, in key order, pending at an external system since before this instant."""
        return _read(
            self.tx.connection,
            _behind(select(orders.c.document).where(orders.c.pending_since < pending_before), after, limit),
        )

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many orders there are: `{"status": {"Shipped": 3, …}, "import_state": {"imported": 2, …}}`."""
        return {name: _counted(self.tx.connection, name) for name in ("status", "import_state")}


def read(document: str) -> Order:
    """Return the order that a row holds."""
    return Order.model_validate_json(document)


def part(changed: Sequence[Order], pending_since: Mapping[OrderKey, datetime | None]) -> Part:
    """Return what writes orders, each with the version it shall have."""
    ordered = sorted(changed, key=lambda order: order.key)
    totals = [order.total for order in ordered]
    return _SAVE, {
        "store_id": [order.store_id for order in ordered],
        "amazon_order_id": [order.amazon_order_id for order in ordered],
        "version": [order.version for order in ordered],
        "purchase_date": [order.purchase_date for order in ordered],
        "last_update_date": [order.last_update_date for order in ordered],
        "status": [order.status for order in ordered],
        "amazon_status": [order.amazon_status for order in ordered],
        "import_state": [order.import_state for order in ordered],
        "completable": [order.completable for order in ordered],
        "fulfillment_channel": [order.fulfillment_channel for order in ordered],
        "total": [total and total.amount for total in totals],
        "currency": [total and total.currency for total in totals],
        "note": [order.note for order in ordered],
        "pending_since": [pending_since.get(order.key) for order in ordered],
        "document": [order.model_dump_json(exclude_none=True) for order in ordered],
    }


def _counted(connection: Connection, name: str) -> dict[str, int]:
    column = orders.c[name]
    rows = connection.execute(select(column, func.count()).group_by(column).order_by(column))
    return {row[0]: row[1] for row in rows}


def _sorted(wanted: OrderFilter, pager: OrderPager) -> Select[Any]:
    column = orders.c[pager.sort.value]
    first = (column.desc() if pager.descending else column.asc()).nulls_last()
    every = select(orders.c.document).where(*conditions(wanted))
    return every.order_by(first, orders.c.store_id, orders.c.amazon_order_id)


def _behind(wanted: Select[Any], after: OrderKey | None, limit: int) -> Select[Any]:
    key = (orders.c.store_id, orders.c.amazon_order_id)
    behind = wanted if after is None else wanted.where(tuple_(*key) > tuple_(*after))
    return behind.order_by(*key).limit(limit)


def _read(connection: Connection, wanted: Select[Any]) -> list[Order]:
    return [Order.model_validate_json(document) for document in connection.execute(wanted).scalars()]
