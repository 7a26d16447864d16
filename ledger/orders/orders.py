"""Orders: load many by key, save many if nobody wrote them since."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, Table, exists, literal_column, or_

from ledger.sql.rows import Part, fetch_by_keys
from ledger.sql.statements import KeySelect, Upsert, key_equals
from ledger.tables.core import NEVER_PLACED, STILL_EARLY, dead_letters, early_events, orders
from ledger.transaction import Transaction
from schemas.order import Order, OrderKey

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


def load(tx: Transaction, keys: Collection[OrderKey], lock: bool) -> dict[OrderKey, Order]:
    """Return the orders that are recorded; with *lock*, nobody else writes them until this transaction ends."""
    rows = fetch_by_keys(tx.connection, _LOCK if lock else _READ, sorted(set(keys)))
    found = (read(row.document) for row in rows)
    return {order.key: order for order in found}


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
