"""The repository of orders: load by key, page through in key order, save unless another transaction wrote since."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from ledger.errors import AmbiguousOrderError
from ledger.orders.filters import order_conditions
from ledger.sql.rows import Part, Values, fetch_by_keys
from ledger.sql.statements import KeySelect, Upsert, key_equals
from ledger.stored import parse_stored
from ledger.tables.dead_letters import OPEN_NEVER_PLACED, dead_letters
from ledger.tables.messages import DEFERRED, early_events
from ledger.tables.orders import BLOCKED, COMPLETABLE, orders, stores
from ledger.transaction import Transaction
from schemas.order import Order, OrderKey
from schemas.order_filters import OrderFilter

KEY = ("store_id", "amazon_order_id")
"""The columns of an order's key, in the tables that have it."""

_ONE: ColumnElement[int] = literal_column("1")
_CHANGING = tuple(column.name for column in orders.columns if column.name not in KEY)
_DEPENDENTS = ((early_events, DEFERRED), (dead_letters, OPEN_NEVER_PLACED))


def _is_new_with_dependents(written: FromClause) -> ColumnElement[bool]:
    """Return whether an order is recorded for the first time and deferred events or dead letters wait for it."""
    waiting = [exists().where(*key_equals(table, written, KEY), condition) for table, condition in _DEPENDENTS]
    return (written.c.version == _ONE) & or_(*waiting)


_FIND = KeySelect(orders, KEY, ("document",))
_LOCK = KeySelect(orders, KEY, ("document",), lock=True)
_SAVE = Upsert(
    orders,
    keys=KEY,
    change=lambda new: {name: new[name] for name in _CHANGING},
    only_if=lambda new: orders.c.version == new.version - _ONE,
    returning=(*KEY, "version"),
    count_where=_is_new_with_dependents,
)

_NAMED_STORES = 10
"""Stores that a sentence names, at most."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders, in one transaction."""

    tx: Transaction

    def load(self, keys: Collection[OrderKey], lock: bool) -> dict[OrderKey, Order]:
        """Return the recorded ones of these orders. With *lock* they are locked, in key order, until the end."""
        rows = fetch_by_keys(self.tx.connection, _LOCK if lock else _FIND, sorted(set(keys)))
        return {order.key: order for order in (parse_order(row.document) for row in rows)}

    def find(self, amazon_order_id: str, store_id: str | None = None) -> Order | None:
        """Return an order, or None. Raises AmbiguousOrderError when no store is given and several have the order."""
        query = select(orders.c.document).where(orders.c.amazon_order_id == amazon_order_id)
        if store_id is not None:
            query = query.where(orders.c.store_id == store_id)
        matching = self._fetch(query.order_by(orders.c.store_id))
        if len(matching) > 1:
            names = ", ".join([order.store_id for order in matching[:_NAMED_STORES]])
            names += ", …" if len(matching) > _NAMED_STORES else ""
            raise AmbiguousOrderError(f"Order {amazon_order_id} exists in several stores ({names}); name the store.")
        return matching[0] if matching else None

    def after(self, order_filter: OrderFilter, after: OrderKey | None, limit: int) -> list[Order]:
        """Return the orders after *after*, in key order, that pass the filter."""
        return self._fetch_after(after, limit, *order_conditions(order_filter))

    def blocked(self, after: OrderKey | None, limit: int) -> list[Order]:
        """Return the blocked orders after *after*, in key order."""
        return self._fetch_after(after, limit, BLOCKED)

    def completable(self, after: OrderKey | None, limit: int) -> list[Order]:
        """Return the orders after *after*, in key order, that are shipped and still open in Commerce."""
        return self._fetch_after(after, limit, COMPLETABLE)

    def changed_between(self, since: datetime, until: datetime, after: OrderKey | None, limit: int) -> list[Order]:
        """Return the orders after *after*, in key order, that Amazon changed last within a span."""
        return self._fetch_after(after, limit, orders.c.last_update_date.between(since, until))

    def stale(self, pending_before: datetime, after: OrderKey | None, limit: int) -> list[Order]:
        """Return the orders after *after*, in key order, with requests unanswered since before this instant."""
        return self._fetch_after(after, limit, orders.c.pending_since < pending_before)

    def blocked_stores(self, limit: int) -> tuple[list[str], int]:
        """Return the names of stores that have blocked orders, sorted, at most *limit*, and how many there are.

        A store without a name has its id.
        """
        name = func.coalesce(stores.c.name, orders.c.store_id)
        joined = orders.outerjoin(stores, stores.c.store_id == orders.c.store_id)
        names = select(name.label("name")).select_from(joined).where(BLOCKED).distinct().subquery()
        query = select(names.c.name, func.count().over().label("stores")).order_by(names.c.name).limit(limit)
        rows = self.tx.connection.execute(query).all()
        return [row.name for row in rows], rows[0].stores if rows else 0

    def stores_with_blocked(self, limit: int) -> tuple[list[tuple[str, str]], int]:
        """Return id and name of the stores that have blocked orders, by name, at most *limit*; how many there are."""
        blocked = select(orders.c.store_id).where(BLOCKED).distinct().subquery()
        name = func.coalesce(stores.c.name, blocked.c.store_id).label("name")
        query = (
            select(blocked.c.store_id, name, func.count().over().label("stores"))
            .select_from(blocked.outerjoin(stores, stores.c.store_id == blocked.c.store_id))
            .order_by(name, blocked.c.store_id)
            .limit(limit)
        )
        rows = self.tx.connection.execute(query).all()
        return [(row.store_id, row.name) for row in rows], rows[0].stores if rows else 0

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many orders there are: `{"status": {"Shipped": 3, …}, "import_state": {"imported": 2, …}}`."""
        return {name: self._counts_by(orders.c[name]) for name in ("status", "import_state")}

    def _counts_by(self, column: ColumnElement[str]) -> dict[str, int]:
        rows = self.tx.connection.execute(select(column, func.count()).group_by(column).order_by(column))
        return {row[0]: row[1] for row in rows}

    def _fetch(self, query: Select[Any]) -> list[Order]:
        return [parse_order(document) for document in self.tx.connection.execute(query).scalars()]

    def _fetch_after(self, after: OrderKey | None, limit: int, *conditions: ColumnElement[bool]) -> list[Order]:
        key = (orders.c.store_id, orders.c.amazon_order_id)
        query = select(orders.c.document).where(*conditions).order_by(*key).limit(limit)
        return self._fetch(query if after is None else query.where(tuple_(*key) > tuple_(*after)))


def key_columns(key: OrderKey) -> Values:
    """Return an order's key as columns of a row."""
    return dict(zip(KEY, key, strict=True))


def parse_order(document: str) -> Order:
    """Return the order of a document."""
    return parse_stored(Order, document)


def order_upsert(changed: Sequence[Order], pending_since: Mapping[OrderKey, datetime | None]) -> Part:
    """Return the statement and the columns that write orders, each with its new version."""
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
        "asks_to_cancel": [order.asks_to_cancel for order in ordered],
        "fulfillment_channel": [order.fulfillment_channel for order in ordered],
        "total": [total and total.amount for total in totals],
        "currency": [total and total.currency for total in totals],
        "note": [order.note for order in ordered],
        "pending_since": [pending_since.get(order.key) for order in ordered],
        "document": [order.model_dump_json(exclude_none=True) for order in ordered],
    }
