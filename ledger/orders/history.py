"""The history of orders: entries are added and never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ledger.sql.rows import Part
from ledger.sql.statements import Upsert
from ledger.tables.orders import order_history
from ledger.transaction import Transaction
from schemas.history import HistoryEntry
from schemas.order import OrderKey

RECENT = 5000
"""Entries that are read to count the events handled a second."""

_SHOWN = ("event", "note", "event_id", "at", "publisher", "source")
_ADD = Upsert(order_history, returning=("id",))


@dataclass(frozen=True, slots=True)
class History:
    """Histories of orders, in one transaction."""

    tx: Transaction

    def of_order(self, order: OrderKey) -> list[HistoryEntry]:
        """Return an order's entries, oldest first, as they were written."""
        store_id, amazon_order_id = order
        query = (
            select(*(order_history.c[name] for name in _SHOWN))
            .where(order_history.c.store_id == store_id, order_history.c.amazon_order_id == amazon_order_id)
            .order_by(order_history.c.at, order_history.c.id)
        )
        return [HistoryEntry(order, *row) for row in self.tx.connection.execute(query)]

    def handled_since(self, since: datetime) -> dict[str, float]:
        """Return how many events were handled a second since then, by event: of the latest entries, `RECENT` at most.

        Where more were handled, since the oldest of those.
        """
        latest = select(order_history.c.event, order_history.c.at).order_by(order_history.c.id.desc()).limit(RECENT)
        recent = latest.subquery()
        columns = (recent.c.event, func.count().label("entries"), func.min(recent.c.at).label("oldest"))
        query = select(*columns).where(recent.c.at > since).group_by(recent.c.event)
        rows = self.tx.connection.execute(query).all()
        oldest = min((row.oldest for row in rows), default=since)
        is_cut = sum(row.entries for row in rows) >= RECENT
        seconds = max(1.0, (self.tx.now - (oldest if is_cut else since)).total_seconds())
        return {row.event: row.entries / seconds for row in rows}


def history_insert(entries: Sequence[HistoryEntry]) -> Part:
    """Return the statement and the columns that add entries."""
    return _ADD, {
        "store_id": [entry.order[0] for entry in entries],
        "amazon_order_id": [entry.order[1] for entry in entries],
        "at": [entry.at for entry in entries],
        "event": [entry.event for entry in entries],
        "note": [entry.note for entry in entries],
        "event_id": [entry.event_id for entry in entries],
        "publisher": [entry.publisher for entry in entries],
        "source": [entry.source for entry in entries],
    }
