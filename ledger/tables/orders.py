"""The tables of orders: orders, their history, personal data and wake keys, stores and matches.

Hot tables carry few indexes on purpose, here and in the other modules: each index costs every write. Those of the
list's columns cost PostgreSQL 2 µs each a write, of 26 without them, with a million orders (docs/how-far-it-scales.md).
"""

from sqlalchemy import Boolean, Column, Identity, Index, Integer, Table, Text, false, func, literal_column
from sqlalchemy.dialects.postgresql import ARRAY

from ledger.tables.columns import Bytes, Millionths, RowNumber
from ledger.tables.metadata import equals_literal, instant_column, metadata, text_column
from schemas.status import ImportState

stores = Table(
    "stores",
    metadata,
    text_column("store_id", key=True),
    text_column("name"),
    text_column("document"),
    instant_column("created_at", nullable=True),
    instant_column("changed_at", nullable=True),
)

orders = Table(
    "orders",
    metadata,
    text_column("store_id", key=True),
    text_column("amazon_order_id", key=True),
    Column("version", Integer, nullable=False),
    instant_column("purchase_date"),
    instant_column("last_update_date"),
    text_column("status"),
    text_column("amazon_status"),
    text_column("import_state"),
    Column("completable", Boolean, nullable=False),
    Column("asks_to_cancel", Boolean, nullable=False, server_default=false()),
    text_column("fulfillment_channel"),
    Column("total", Millionths),
    text_column("currency", nullable=True),
    text_column("note"),
    instant_column("pending_since", nullable=True),
    text_column("document"),
)
BLOCKED = equals_literal(orders.c.import_state, ImportState.BLOCKED.value)
COMPLETABLE = literal_column("completable") == literal_column("true")
ASKS_TO_CANCEL = literal_column("asks_to_cancel") == literal_column("true")
_pending = orders.c.pending_since.is_not(None)

Index("ix_orders_purchase_date", orders.c.purchase_date)
Index("ix_orders_store_id_purchase_date", orders.c.store_id, orders.c.purchase_date)
Index("ix_orders_status_purchase_date", orders.c.status, orders.c.purchase_date)
Index("ix_orders_import_state_purchase_date", orders.c.import_state, orders.c.purchase_date)
Index("ix_orders_total_purchase_date", orders.c.total, orders.c.purchase_date)
Index("ix_orders_last_update_date", orders.c.last_update_date)
Index("ix_orders_amazon_order_id", orders.c.amazon_order_id)
Index(
    "ix_orders_blocked",
    orders.c.store_id,
    orders.c.amazon_order_id,
    postgresql_where=BLOCKED,
    sqlite_where=BLOCKED,
)
Index(
    "ix_orders_completable",
    orders.c.store_id,
    orders.c.amazon_order_id,
    postgresql_where=COMPLETABLE,
    sqlite_where=COMPLETABLE,
)
Index(
    "ix_orders_asks_to_cancel",
    orders.c.purchase_date,
    postgresql_where=ASKS_TO_CANCEL,
    sqlite_where=ASKS_TO_CANCEL,
)
Index("ix_orders_pending", orders.c.pending_since, postgresql_where=_pending, sqlite_where=_pending)

order_history = Table(
    "order_history",
    metadata,
    Column("id", RowNumber, Identity(always=False), primary_key=True),
    text_column("store_id"),
    text_column("amazon_order_id"),
    instant_column("at"),
    text_column("event"),
    text_column("note"),
    text_column("event_id"),
    text_column("publisher", nullable=True),
    text_column("source", nullable=True),
)
Index("ix_order_history_order", order_history.c.store_id, order_history.c.amazon_order_id)

vault = Table(
    "vault",
    metadata,
    text_column("store_id", key=True),
    text_column("amazon_order_id", key=True),
    Column("data_key", Bytes),
    Column("body", Bytes),
    instant_column("saved_at"),
    instant_column("expires_at", nullable=True),
    text_column("name_keys", nullable=True),
)
NAME_KEYS = func.string_to_array(vault.c.name_keys, literal_column("' '"), type_=ARRAY(Text))
"""The blind keys of an order's names on PostgreSQL, whose index `ix_vault_name_keys` (migration 0022) finds them."""
_expiring = vault.c.expires_at.is_not(None)
WITHOUT_BODY = vault.c.body.is_(None)
Index("ix_vault_expires_at", vault.c.expires_at, postgresql_where=_expiring, sqlite_where=_expiring)
Index("ix_vault_saved_at", vault.c.saved_at)
Index(
    "ix_vault_without_body",
    vault.c.store_id,
    vault.c.amazon_order_id,
    postgresql_where=WITHOUT_BODY,
    sqlite_where=WITHOUT_BODY,
)

wait_keys = Table(
    "wait_keys",
    metadata,
    text_column("store_id", key=True),
    text_column("amazon_order_id", key=True),
    text_column("wake_key", key=True),
)
Index("ix_wait_keys_wake_key", wait_keys.c.wake_key)

wake_ups = Table(
    "wake_ups",
    metadata,
    text_column("wake_key", key=True),
    Column("number", RowNumber, nullable=False),
    instant_column("at"),
)
Index("ix_wake_ups_number", wake_ups.c.number)

matches = Table(
    "matches", metadata, text_column("store_id", key=True), text_column("seller_sku", key=True), text_column("sku")
)
