"""What is asked about a batch on PostgreSQL: each a statement of its own, whose arrays have a row for each message."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Select, Text, bindparam, exists, or_, select, true
from sqlalchemy.sql.selectable import LateralFromClause
from sqlalchemy.types import TypeEngine

from ledger.columns import Bytes
from ledger.mending import NEVER_PLACED
from ledger.prepared import Prepared
from ledger.statements import GIVEN, unnest
from ledger.tables import STILL_EARLY, dead_letters, early_events, inbox, orders, stores

_Arrays = Mapping[str, TypeEngine[Any]]
_ORDER: _Arrays = {"store_id": Text(), "amazon_order_id": Text()}
_MESSAGE: _Arrays = {"key": Bytes(), **_ORDER, "new_store_id": Text()}


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
    told = select(row.key, row.store_id, row.amazon_order_id, *handled.c, *order.c, *store.c)
    return _prepared(told.select_from(joined), _MESSAGE)


@cache
def awaited() -> Prepared:
    """Return those of the orders that an early event, or the letter of an overdue one, waits for."""
    given = unnest(_ORDER)
    waiting = (
        exists().where(table.c.store_id == given.c.store_id, table.c.amazon_order_id == given.c.amazon_order_id, still)
        for table, still in ((early_events, STILL_EARLY), (dead_letters, NEVER_PLACED))
    )
    return _prepared(select(given.c.store_id, given.c.amazon_order_id).where(or_(*waiting)), _ORDER)


def _prepared(statement: Select[Any], arrays: _Arrays) -> Prepared:
    return Prepared.of(statement, {GIVEN + name: kind for name, kind in arrays.items()})


def _lateral(found: Select[Any]) -> LateralFromClause:
    """Look up once a row, by the index: OFFSET keeps the planner from making another join of it."""
    return found.offset(0).lateral()
