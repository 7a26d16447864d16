"""Early events: deferred because their order is not recorded yet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, select

from ledger.messages.codec import dump_headers, load_headers
from ledger.messages.inbox import next_epoch
from ledger.messages.outbox import Outbox
from ledger.orders.orders import KEY, key_columns
from ledger.sql.rows import Values, fetch_by_keys, update_rows, write_rows
from ledger.sql.statements import KeySelect, KeyUpdate, Upsert
from ledger.tables.messages import DEFERRED, early_events
from ledger.tables.orders import orders
from ledger.transaction import Transaction
from schemas.dead_letters import EarlyEvent
from schemas.message import Message
from schemas.order import OrderKey

_COLUMNS = tuple(column.name for column in early_events.columns)
_OF_ORDERS = KeySelect(early_events, KEY, _COLUMNS, where=DEFERRED, lock=True)
_ROW = KeyUpdate(early_events, ("consumer", "key"))
_DEFER = Upsert(
    early_events,
    keys=("consumer", "key"),
    change=lambda new: {name: new[name] for name in _COLUMNS if name not in ("consumer", "key")},
)


@dataclass(frozen=True, slots=True)
class EarlyEvents:
    """Events deferred until their order is recorded, in one transaction."""

    tx: Transaction

    def defer(self, events: Sequence[EarlyEvent]) -> None:
        """Defer events until their orders are recorded."""
        rows = [_row(self.tx, event) for event in sorted(events, key=lambda event: (event.consumer, event.key))]
        write_rows(self.tx.connection, _DEFER, rows)

    def requeue(self, keys: Collection[OrderKey]) -> int:
        """Put the deferred events of these orders into the outbox, each for its consumer with the next epoch."""
        rows = fetch_by_keys(self.tx.connection, _OF_ORDERS, sorted(set(keys)))
        events = [_event(self.tx, row) for row in rows]
        Outbox(self.tx).put([_let_through(event) for event in events])
        self._set_state([(event.consumer, event.key) for event in events], "requeued")
        return len(events)

    def now_recorded(self, limit: int) -> list[OrderKey]:
        """Return recorded orders of deferred events: recorded by one process while another deferred the event."""
        columns = (early_events.c.store_id, early_events.c.amazon_order_id)
        recorded = exists().where(orders.c.store_id == columns[0], orders.c.amazon_order_id == columns[1])
        query = select(*columns).distinct().where(DEFERRED, recorded).order_by(*columns).limit(limit)
        return [(row.store_id, row.amazon_order_id) for row in self.tx.connection.execute(query)]

    def of_order(self, amazon_order_id: str, store_id: str | None = None) -> list[EarlyEvent]:
        """Return the deferred events of an order, of any store unless one is named, the oldest first."""
        query = select(early_events).where(DEFERRED, early_events.c.amazon_order_id == amazon_order_id)
        if store_id is not None:
            query = query.where(early_events.c.store_id == store_id)
        return [_event(self.tx, row) for row in self.tx.connection.execute(query.order_by(early_events.c.due_at))]

    def overdue(self, limit: int) -> list[EarlyEvent]:
        """Return deferred events whose time is over, the oldest first, locked; those locked by others are left out."""
        query = (
            select(early_events)
            .where(DEFERRED, early_events.c.due_at <= self.tx.now)
            .order_by(early_events.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [_event(self.tx, row) for row in self.tx.connection.execute(query)]

    def close(self, identities: Collection[tuple[str, bytes]]) -> None:
        """End the deferral of events, by consumer and key, without a requeue: they are dead-lettered or replaced."""
        self._set_state(identities, "closed")

    def _set_state(self, identities: Collection[tuple[str, bytes]], state: str) -> None:
        changed = {"state": state, "changed_at": self.tx.now}
        rows = [{"consumer": consumer, "key": key, **changed} for consumer, key in sorted(identities)]
        update_rows(self.tx.connection, _ROW, rows)


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
        **key_columns(event.order),
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
