"""What a batch reads and what it writes: on PostgreSQL one statement each, however many events it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ledger.messages import inbox
from ledger.messages.inbox import Inbox
from ledger.orders import history, orders, stores
from ledger.orders.orders import Orders
from ledger.orders.stores import Stores
from ledger.sql.rows import Sent, send_all
from ledger.transaction import Transaction
from schemas.history import HistoryEntry, InboxEntry
from schemas.order import Order, OrderKey
from schemas.store import Store

MessageRef = tuple[bytes, OrderKey | None]
"""A message's key, and that of the order it is about."""


@dataclass(frozen=True, slots=True)
class BatchLookup:
    """What is known about the messages of a batch: those handled before, the orders that are recorded, the stores."""

    handled: dict[bytes, InboxEntry]
    orders: dict[OrderKey, Order]
    stores: dict[str, Store]


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """What a batch came to. `pending_since` is set to what is given, and to nothing for orders not named in it."""

    orders: Sequence[Order] = ()
    pending_since: Mapping[OrderKey, datetime | None] = field(default_factory=dict)
    entries: Sequence[HistoryEntry] = ()
    handled: Sequence[InboxEntry] = ()


def look_up(tx: Transaction, consumer: str, wanted: Sequence[MessageRef], lock: bool) -> BatchLookup:
    """Return what is known; with *lock*, nobody else writes the orders until this transaction ends.

    Nor does anybody record one of those that are not recorded, or set an event aside for it: without that, two could
    look before either is committed, and the event would wait for an order that is there. Nor does a store change: an
    order recorded by settings that were replaced meanwhile would not be found by who replaced them.
    """
    if tx.connection.dialect.name != "postgresql":
        keys = {key for _, key in wanted if key}
        return BatchLookup(
            Inbox(tx).find(consumer, [message for message, _ in wanted]),
            Orders(tx).load(keys, lock),
            Stores(tx).load({store_id for store_id, _ in keys}),
        )
    from ledger.sql import batch_statements  # noqa: PLC0415 - SQLite needs no psycopg, whose import costs 0.1 s

    rows = batch_statements.known(lock).run(tx.connection, _columns(wanted), consumer=consumer)
    documents = {(row.store_id, row.amazon_order_id): row.order_document for row in rows if row.order_document}
    return BatchLookup(
        {row.key: inbox.read(row) for row in rows if row.state},
        {key: orders.read(document) for key, document in documents.items()},
        {row.store_id: stores.read(row.store_document) for row in rows if row.store_document},
    )


def _columns(wanted: Sequence[MessageRef]) -> list[list[object]]:
    """Return the arrays, in the order in which orders are to be locked; each store is asked for once."""
    ordered = sorted((*(key or ("", "")), message) for message, key in wanted)
    first = {store_id: place for place, (store_id, _, _) in reversed(list(enumerate(ordered)))}
    return [
        [message for _, _, message in ordered],
        [store_id for store_id, _, _ in ordered],
        [amazon_order_id for _, amazon_order_id, _ in ordered],
        [store_id if first[store_id] == place else None for place, (store_id, _, _) in enumerate(ordered)],
    ]


def send(tx: Transaction, consumer: str, said: BatchRecord) -> Sent:
    """Write what a batch came to, as the last of a transaction.

    Waiting for it tells of how many new orders something may wait. Either raises OrderChangedMeanwhileError.
    """
    parts = [
        orders.part(said.orders, said.pending_since),
        history.part(said.entries),
        inbox.part(tx, consumer, said.handled),
    ]
    return send_all(tx.connection, parts)
