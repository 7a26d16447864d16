"""Early events: what came before its order, until the order is recorded."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, select

from ledger.messages.codec import dump_headers, load_headers
from ledger.messages.inbox import next_epoch
from ledger.messages.outbox import Outbox
from ledger.orders.orders import KEY
from ledger.sql.rows import Values, fetch_by_keys, update_rows, write_rows
from ledger.sql.statements import KeySelect, KeyUpdate, Upsert
from ledger.tables.core import STILL_EARLY, early_events, orders
from ledger.transaction import Transaction
from schemas.dead_letters import EarlyEvent
from schemas.message import Message
from schemas.order import OrderKey

_COLUMNS = tuple(column.name for column in early_events.columns)
_OF_ORDERS = KeySelect(early_events, KEY, _COLUMNS, where=STILL_EARLY, lock=True)
_ROW = KeyUpdate(early_events, ("consumer", "key"))
_HOLD = Upsert(
    early_events,
    keys=("consumer", "key"),
    change=lambda new: {name: new[name] for name in _COLUMNS if name not in ("consumer", "key")},
)


@dataclass(frozen=True, slots=True)
class EarlyEvents:
    """Events deferred until their order is recorded, in one transaction."""

    tx: Transaction

    def defer(self, events: Sequence[EarlyEvent]) -> None:
        """Let events wait for their orders."""
        rows = [_row(self.tx, event) for event in sorted(events, key=lambda event: (event.consumer, event.key))]
        write_rows(self.tx.connection, _HOLD, rows)

    def requeue(self, keys: Collection[OrderKey]) -> int:
        """Put the events that wait for these orders into the outbox, for their consumers, with the next epoch."""
        found = fetch_by_keys(self.tx.connection, _OF_ORDERS, sorted(set(keys)))
        events = [_event(self.tx, row) for row in found]
        Outbox(self.tx).put([_let_through(event) for event in events])
        _set_state(self.tx, [(event.consumer, event.key) for event in events], "released")
        return len(events)

    def now_recorded(self, limit: int) -> list[OrderKey]:
        """Return recorded orders of deferred events: recorded by one process while another deferred the event."""
        there = exists().where(
            orders.c.store_id == early_events.c.store_id, orders.c.amazon_order_id == early_events.c.amazon_order_id
        )
        columns = (early_events.c.store_id, early_events.c.amazon_order_id)
        wanted = select(*columns).distinct().where(STILL_EARLY, there).order_by(*columns).limit(limit)
        return [(row.store_id, row.amazon_order_id) for row in self.tx.connection.execute(wanted)]

    def of_order(self, amazon_order_id: str, store_id: str | None = None) -> list[EarlyEvent]:
        """Return the events that wait for an order, of any store unless one is named, the oldest first."""
        wanted = select(early_events).where(STILL_EARLY, early_events.c.amazon_order_id == amazon_order_id)
        if store_id is not None:
            wanted = wanted.where(early_events.c.store_id == store_id)
        return [_event(self.tx, row) for row in self.tx.connection.execute(wanted.order_by(early_events.c.due_at))]

    def overdue(self, limit: int) -> list[EarlyEvent]:
        """Return events that have waited for too long, the longest first."""
        wanted = select(early_events).where(STILL_EARLY, early_events.c.due_at <= self.tx.now)
        rows = self.tx.connection.execute(
            wanted.order_by(early_events.c.due_at).limit(limit).with_for_update(skip_locked=True)
        )
        return [_event(self.tx, row) for row in rows]

    def close(self, identities: Collection[tuple[str, bytes]]) -> None:
        """End the waiting of events by consumer and key, because something else was done about them."""
        _set_state(self.tx, identities, "closed")


def _set_state(tx: Transaction, identities: Collection[tuple[str, bytes]], state: str) -> None:
    rows = [{"consumer": c, "key": k, "state": state, "changed_at": tx.now} for c, k in sorted(identities)]
    update_rows(tx.connection, _ROW, rows)


def _let_through(event: EarlyEvent) -> Message:
    message = event.message
    headers = {**message.headers, "epoch": next_epoch(message.epoch)}
    return message._replace(to=event.consumer, key=event.key, headers=headers)


def _row(tx: Transaction, event: EarlyEvent) -> Values:
    message = event.message
    return {
        "consumer": event.consumer,
        "key": event.key,
        "event": event.event,
        "store_id": event.order[0],
        "amazon_order_id": event.order[1],
        "message_id": message.id,
        "order_id": message.order_id,
        "headers": dump_headers(message.headers),
        "body": tx.cipher.encrypt(message.body, _context(event.consumer, event.key)),
        "state": "deferred",
        "due_at": event.due_at,
        "changed_at": tx.now,
    }


def _event(tx: Transaction, row: Row[Any]) -> EarlyEvent:
    message = Message(
        id=row.message_id,
        name=row.event,
        body=tx.cipher.decrypt(row.body, _context(row.consumer, row.key)),
        order_id=row.order_id,
        headers=load_headers(row.headers),
        key=row.key,
    )
    return EarlyEvent(row.consumer, row.key, row.event, (row.store_id, row.amazon_order_id), message, row.due_at)


def _context(consumer: str, key: bytes) -> str:
    return f"early_events/{consumer}/{key.hex()}/body"
