"""The tables of orders: orders, their history, personal data and wake keys, stores and matches."""

from sqlalchemy import ARRAY, Boolean, Column, Identity, Integer, Table, Text, false, func, literal_column

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
WITHOUT_BODY = vault.c.body.is_(None)

wait_keys = Table(
    "wait_keys",
    metadata,
    text_column("store_id", key=True),
    text_column("amazon_order_id", key=True),
    text_column("wake_key", key=True),
)

wake_ups = Table(
    "wake_ups",
    metadata,
    text_column("wake_key", key=True),
    Column("number", RowNumber, nullable=False),
    instant_column("at"),
)

matches = Table(
    "matches", metadata, text_column("store_id", key=True), text_column("seller_sku", key=True), text_column("sku")
)
