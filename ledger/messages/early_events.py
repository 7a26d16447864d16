"""Early events: deferred because their order is not recorded yet, or their store not added."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, func, select, true, tuple_

from ledger.dead_letters.letters import DeadLetters
from ledger.dead_letters.unopened import UnopenedMessage, deferred, set_aside
from ledger.errors import CipherError
from ledger.messages.codec import dump_headers, load_headers
from ledger.messages.inbox import next_epoch
from ledger.messages.outbox import Outbox
from ledger.orders import data_keys
from ledger.orders.orders import KEY, key_columns
from ledger.sql.rows import Values, chunks, fetch_by_keys, update_rows, write_rows
from ledger.sql.statements import KeySelect, KeyUpdate, Upsert
from ledger.tables.messages import DEFERRED, NEEDS_STORE, UNFINISHED, UNOPENED, early_events
from ledger.tables.orders import orders, stores
from ledger.transaction import Transaction
from schemas.dead_letters import EarlyEvent
from schemas.message import Message
from schemas.order import OrderKey

EventKey = tuple[str, bytes]
"""A deferred event, by consumer and key."""

_COLUMNS = tuple(column.name for column in early_events.columns)
_KEY = ("consumer", "key")
_OF_ORDERS = KeySelect(early_events, KEY, _KEY, where=DEFERRED, lock=True, sized="body")
_SIZED = (early_events.c.consumer, early_events.c.key, func.length(early_events.c.body).label("size"))
_WHOLE = KeySelect(early_events, _KEY, _COLUMNS)
_ROW = KeyUpdate(early_events, _KEY)
_DEFER = Upsert(
    early_events,
    keys=_KEY,
    change=lambda new: {name: new[name] for name in _COLUMNS if name not in _KEY},
)


@dataclass(frozen=True, slots=True)
class EarlyEvents:
    """Events deferred until their order is recorded or their store is added, in one transaction."""

    tx: Transaction

    def defer(self, events: Sequence[EarlyEvent]) -> None:
        """Defer events until their orders are recorded, those that need their store until it is added."""
        data_keys.make_missing(self.tx, (event.order for event in events))
        rows = [_row(self.tx, event) for event in sorted(events, key=lambda event: (event.consumer, event.key))]
        write_rows(self.tx.connection, _DEFER, rows)

    def requeue(self, keys: Collection[OrderKey]) -> int:
        """Put the deferred events of these orders into the outbox, each for its consumer with the next epoch."""
        return self._requeue(fetch_by_keys(self.tx.connection, _OF_ORDERS, sorted(set(keys))))

    def requeue_of_added_stores(self, limit: int) -> int:
        """Put events that waited for a store that exists now into the outbox, the oldest first, at most *limit*."""
        added = exists().where(stores.c.store_id == early_events.c.store_id)
        query = select(*_SIZED).where(NEEDS_STORE, added).order_by(early_events.c.changed_at, early_events.c.key)
        return self._requeue(self.tx.connection.execute(query.limit(limit)).all())

    def _requeue(self, rows: Sequence[Any]) -> int:
        requeued = 0
        for chunk in chunks(rows):
            events = self._opened(self._whole(chunk))
            Outbox(self.tx).put([_let_through(event) for event in events])
            self._set_state([(event.consumer, event.key) for event in events], "requeued")
            requeued += len(events)
        return requeued

    def now_recorded(self, limit: int) -> list[OrderKey]:
        """Return recorded orders of deferred events: recorded by one process while another deferred the event."""
        columns = (early_events.c.store_id, early_events.c.amazon_order_id)
        recorded = exists().where(orders.c.store_id == columns[0], orders.c.amazon_order_id == columns[1])
        query = select(*columns).distinct().where(DEFERRED, recorded).order_by(*columns).limit(limit)
        return [(row.store_id, row.amazon_order_id) for row in self.tx.connection.execute(query)]

    def of_order(self, amazon_order_id: str, store_id: str | None = None) -> list[EarlyEvent]:
        """Return the deferred events of an order, of any store unless one is named, the oldest first."""
        query = select(early_events).where(UNFINISHED, early_events.c.amazon_order_id == amazon_order_id)
        if store_id is not None:
            query = query.where(early_events.c.store_id == store_id)
        rows = self.tx.connection.execute(query.order_by(early_events.c.due_at)).all()
        return self._events(rows, [])

    def overdue(self, limit: int) -> list[EarlyEvent]:
        """Return deferred events whose time is over, the oldest first, locked; those locked by others are left out."""
        query = (
            select(*_SIZED)
            .where(UNFINISHED, early_events.c.due_at <= self.tx.now)
            .order_by(early_events.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = self.tx.connection.execute(query).all()
        return self._opened(self._whole(next(chunks(rows), [])))

    def reopen(self, after: EventKey | None, limit: int) -> list[EventKey]:
        """Defer again those events that could not be opened and now can; return the keys of all that were tried.

        At most *limit*, in order, after the key *after*.
        """
        key = tuple_(early_events.c.consumer, early_events.c.key)
        query = select(*_SIZED).where(UNOPENED, true() if after is None else key > after).order_by(*key)
        rows = self.tx.connection.execute(query.limit(limit).with_for_update()).all()
        opened = [
            (event.consumer, event.key) for chunk in chunks(rows) for event in self._events(self._whole(chunk), [])
        ]
        self._set_state(opened, "deferred")
        DeadLetters(self.tx).resolve([deferred(consumer, key) for consumer, key in opened])
        return [(row.consumer, row.key) for row in rows]

    def close(self, identities: Collection[tuple[str, bytes]]) -> None:
        """End the deferral of events, by consumer and key, without a requeue: they are dead-lettered or replaced."""
        self._set_state(identities, "closed")

    def _whole(self, sized: Sequence[Any]) -> Sequence[Row[Any]]:
        """Return the whole rows of those in *sized*, in their order."""
        rows = fetch_by_keys(self.tx.connection, _WHOLE, sorted((row.consumer, row.key) for row in sized))
        by_key = {(row.consumer, row.key): row for row in rows}
        return [by_key[row.consumer, row.key] for row in sized]

    def _opened(self, rows: Sequence[Row[Any]]) -> list[EarlyEvent]:
        """Return the events that can be opened; each other one becomes a dead letter, and is deferred no longer."""
        unopened: list[UnopenedMessage] = []
        events = self._events(rows, unopened)
        set_aside(self.tx, unopened)
        failed = {message.identity for message in unopened}
        keys = [(row.consumer, row.key) for row in rows if deferred(row.consumer, row.key) in failed]
        self._set_state(keys, "unopened")
        return events

    def _events(self, rows: Sequence[Row[Any]], unopened: list[UnopenedMessage]) -> list[EarlyEvent]:
        data_keys.look_up(self.tx, ((row.store_id, row.amazon_order_id) for row in rows))
        events: list[EarlyEvent] = []
        for row in rows:
            try:
                events.append(_event(self.tx, row))
            except CipherError as error:
                order = (row.store_id, row.amazon_order_id)
                identity = deferred(row.consumer, row.key)
                unopened.append(UnopenedMessage(identity, row.consumer, row.event, row.message_id, order, error))
        return events

    def _set_state(self, identities: Collection[tuple[str, bytes]], state: str) -> None:
        changed = {"state": state, "changed_at": self.tx.now}
        rows = [{"consumer": consumer, "key": key, **changed} for consumer, key in sorted(identities)]
        update_rows(self.tx.connection, _ROW, rows)


def _let_through(event: EarlyEvent) -> Message:
    message = event.message
    headers = {**message.headers, "epoch": next_epoch(message.epoch)}
    return message._replace(to=event.consumer, key=event.key, headers=headers, person=event.order)


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
        "body": data_keys.encrypt(tx, message.body, body_context(event.consumer, event.key), event.order),
        "state": "needs_store" if event.needs_store else "deferred",
        "due_at": event.due_at,
        "changed_at": tx.now,
    }


def _event(tx: Transaction, row: Row[Any]) -> EarlyEvent:
    order = (row.store_id, row.amazon_order_id)
    message = Message(
        id=row.message_id,
        name=row.event,
        body=data_keys.decrypt(tx, row.body, body_context(row.consumer, row.key), order),
        order_id=row.order_id,
        headers=load_headers(row.headers),
        key=row.key,
    )
    return EarlyEvent(
        consumer=row.consumer,
        key=row.key,
        event=row.event,
        order=order,
        message=message,
        due_at=row.due_at,
        needs_store=row.state == "needs_store",
    )


def body_context(consumer: str, key: bytes) -> str:
    """Return the context in which an event's body is encrypted."""
    return f"early_events/{consumer}/{key.hex()}/body"
