"""The look-up and the record of a batch: on PostgreSQL one statement each, however many events it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ledger.messages import inbox
from ledger.messages.inbox import Inbox
from ledger.orders import history, listings, orders, sales, stores
from ledger.orders.orders import Orders
from ledger.orders.stores import Stores
from ledger.sql.rows import LastWrite, write_last
from ledger.transaction import Transaction
from schemas.history import HistoryEntry, InboxEntry
from schemas.order import Order, OrderKey
from schemas.store import Store

MessageRef = tuple[bytes, OrderKey | None]
"""A message's key, and the key of its order, if it has one."""


@dataclass(frozen=True, slots=True)
class BatchLookup:
    """The messages of a batch in the ledger: the inbox rows of those handled before, recorded orders, known stores.

    `unknown_stores` are the stores that the messages name and that do not exist.
    """

    handled: dict[bytes, InboxEntry]
    orders: dict[OrderKey, Order]
    stores: dict[str, Store]
    unknown_stores: frozenset[str]


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """The outcome of a batch. `pending_since` is cleared for the orders that it does not name.

    `stored` are the orders as they were before, without those that are new.
    """

    orders: Sequence[Order] = ()
    pending_since: Mapping[OrderKey, datetime | None] = field(default_factory=dict)
    entries: Sequence[HistoryEntry] = ()
    handled: Sequence[InboxEntry] = ()
    stored: Mapping[OrderKey, Order] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batches:
    """The look-up and the record of a batch, in one transaction."""

    tx: Transaction

    def look_up(self, consumer: str, messages: Sequence[MessageRef], lock: bool) -> BatchLookup:
        """Return inbox rows, orders and stores; with *lock*, no other transaction writes the orders until this ends.

        Nor does another record one of the unrecorded, or defer an event for it: else two could look before either is
        committed, and the event would be deferred for an order that is recorded. Nor does a store change: else the
        change would miss an order that is recorded with the old settings.
        """
        if self.tx.connection.dialect.name != "postgresql":
            return self._look_up_each(consumer, messages, lock)
        from ledger.sql import batch_statements  # noqa: PLC0415 - SQLite needs no psycopg, whose import costs 0.1 s

        columns, named = _columns(messages)
        rows = batch_statements.known(lock).run(self.tx.connection, columns, consumer=consumer)
        documents = {(row.store_id, row.amazon_order_id): row.order_document for row in rows if row.order_document}
        stores_by_id = {row.store_id: stores.parse_store(row.store_document) for row in rows if row.store_document}
        return BatchLookup(
            {row.key: inbox.inbox_entry(row) for row in rows if row.state},
            {key: orders.parse_order(document) for key, document in documents.items()},
            stores_by_id,
            frozenset(named - stores_by_id.keys()),
        )

    def _look_up_each(self, consumer: str, messages: Sequence[MessageRef], lock: bool) -> BatchLookup:
        keys = {key for _, key in messages if key}
        named = {store_id for store_id, _ in keys}
        stores_by_id = Stores(self.tx).load(named)
        return BatchLookup(
            Inbox(self.tx).find(consumer, [message for message, _ in messages]),
            Orders(self.tx).load(keys, lock),
            stores_by_id,
            frozenset(named - stores_by_id.keys()),
        )

    def send(self, consumer: str, record: BatchRecord) -> LastWrite:
        """Write the record of a batch, as the last write of a transaction.

        Its result is the number of new orders with dependents. Raises as `write_last` does.
        """
        parts = [
            orders.order_upsert(record.orders, record.pending_since),
            history.history_insert(record.entries),
            inbox.inbox_upsert(self.tx, consumer, record.handled),
            sales.sales_insert(record.orders, record.stored),
            listings.listings_insert(record.orders, record.stored),
        ]
        return write_last(self.tx.connection, parts)


def _columns(messages: Sequence[MessageRef]) -> tuple[list[list[object]], set[str]]:
    """Return the arrays, sorted as the orders are to be locked, and the stores; each store is looked up once."""
    ordered = sorted((*(key or ("", "")), message) for message, key in messages)
    first = {store_id: index for index, (store_id, _, _) in reversed(list(enumerate(ordered)))}
    columns: list[list[object]] = [
        [message for _, _, message in ordered],
        [store_id for store_id, _, _ in ordered],
        [amazon_order_id for _, amazon_order_id, _ in ordered],
        [store_id if first[store_id] == index else None for index, (store_id, _, _) in enumerate(ordered)],
    ]
    return columns, first.keys() - {""}
