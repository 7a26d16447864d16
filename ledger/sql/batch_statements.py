"""What is asked about a batch on PostgreSQL: one statement, whose arrays have a row for each message."""

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
    """Return, for each message, its inbox row at `consumer`, its order's document and, where asked, its store's."""
    given = unnest(_MESSAGE)
    row = given.c
    handled = _lateral(
        select(inbox.c.epoch, inbox.c.state, inbox.c.follow_ups).where(
            inbox.c.consumer == bindparam("consumer"), inbox.c.key == row.key
        )
    )
    wanted = select(orders.c.document.label("order_document")).where(
        orders.c.store_id == row.store_id, orders.c.amazon_order_id == row.amazon_order_id
    )
    order = _lateral(wanted.with_for_update() if lock else wanted)
    store = _lateral(select(stores.c.document.label("store_document")).where(stores.c.store_id == row.new_store_id))
    joined = given.outerjoin(handled, true()).outerjoin(order, true()).outerjoin(store, true())
    unrecorded = order.c.order_document.is_(None) & (row.amazon_order_id != literal_column("''"))
    held = case((unrecorded, _hold(row.store_id, row.amazon_order_id))) if lock else null()
    told = select(row.key, row.store_id, row.amazon_order_id, *handled.c, *order.c, *store.c, held)
    return Prepared.of(told.select_from(joined), {GIVEN + name: kind for name, kind in _MESSAGE.items()})


def _hold(store_id: ColumnElement[str], amazon_order_id: ColumnElement[str]) -> ColumnElement[str]:
    """Hold the place of an order that is not recorded, until the transaction ends."""
    name: ColumnElement[str] = literal_column("'recording:'") + store_id + literal_column("'/'") + amazon_order_id
    return cast(func.pg_advisory_xact_lock(func.hashtextextended(name, literal_column("0"))), Text)


def _lateral(found: Select[Any]) -> LateralFromClause:
    """Look up once a row, by the index: OFFSET keeps the planner from making another join of it."""
    return found.offset(0).lateral()
