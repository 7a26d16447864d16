"""The journal: what happened to each order, only ever added to."""

from collections.abc import Sequence

from sqlalchemy import select

from ledger.sql.rows import Part
from ledger.sql.statements import Write
from ledger.tables.core import journal
from ledger.transaction import Transaction
from schemas.history import Entry
from schemas.order import OrderKey

_ADD = Write(journal, returning=("id",))


def part(entries: Sequence[Entry]) -> Part:
    """Return what adds entries."""
    return _ADD, {
        "store_id": [entry.order[0] for entry in entries],
        "amazon_order_id": [entry.order[1] for entry in entries],
        "at": [entry.at for entry in entries],
        "event": [entry.event for entry in entries],
        "note": [entry.note for entry in entries],
        "event_id": [entry.event_id for entry in entries],
    }


def history(tx: Transaction, order: OrderKey) -> list[Entry]:
    """Return an order's entries, oldest first, as they were written."""
    store_id, amazon_order_id = order
    wanted = (
        select(journal.c.event, journal.c.note, journal.c.event_id, journal.c.at)
        .where(journal.c.store_id == store_id, journal.c.amazon_order_id == amazon_order_id)
        .order_by(journal.c.at, journal.c.id)
    )
    return [Entry(order, *row) for row in tx.connection.execute(wanted)]
