"""The look-up of a batch on PostgreSQL: one statement, whose arrays have a row for each message."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, bindparam, case, cast, func, literal_column, null, select, true
from sqlalchemy.sql.selectable import LateralFromClause
from sqlalchemy.types import TypeEngine

from ledger.sql.prepared import Prepared
from ledger.sql.statements import GIVEN, unnest
from ledger.tables.columns import Bytes
from ledger.tables.messages import inbox
from ledger.tables.orders import orders, stores

_Arrays = Mapping[str, TypeEngine[Any]]
_MESSAGE: _Arrays = {"key": Bytes(), "store_id": Text(), "amazon_order_id": Text(), "new_store_id": Text()}


@cache
def known(lock: bool) -> Prepared:
    """Return, for each message, its inbox row at `consumer`, its order's document and, where requested, its store's."""
    messages = unnest(_MESSAGE)
    row = messages.c
    handled = _lateral(
        select(inbox.c.epoch, inbox.c.state, inbox.c.follow_ups, inbox.c.digest).where(
            inbox.c.consumer == bindparam("consumer"), inbox.c.key == row.key
        )
    )
    document = select(orders.c.document.label("order_document")).where(
        orders.c.store_id == row.store_id, orders.c.amazon_order_id == row.amazon_order_id
    )
    order = _lateral(document.with_for_update() if lock else document)
    store = _lateral(select(stores.c.document.label("store_document")).where(stores.c.store_id == row.new_store_id))
    joined = messages.outerjoin(handled, true()).outerjoin(order, true()).outerjoin(store, true())
    unrecorded = order.c.order_document.is_(None) & (row.amazon_order_id != literal_column("''"))
    locked = case((unrecorded, _lock_unrecorded(row.store_id, row.amazon_order_id))) if lock else null()
    query = select(row.key, row.store_id, row.amazon_order_id, *handled.c, *order.c, *store.c, locked)
    return Prepared.of(query.select_from(joined), {GIVEN + name: kind for name, kind in _MESSAGE.items()})


def _lock_unrecorded(store_id: ColumnElement[str], amazon_order_id: ColumnElement[str]) -> ColumnElement[str]:
    """Lock the key of an unrecorded order, which has no row to lock, until the transaction ends."""
    name: ColumnElement[str] = literal_column("'recording:'") + store_id + literal_column("'/'") + amazon_order_id
    return cast(func.pg_advisory_xact_lock(func.hashtextextended(name, literal_column("0"))), Text)


def _lateral(query: Select[Any]) -> LateralFromClause:
    """Look up once a row, by the index: OFFSET keeps the planner from choosing another join."""
    return query.offset(0).lateral()
