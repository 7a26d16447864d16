"""The table of changed orders: those that Amazon has to be asked for."""

from sqlalchemy import Column, Integer, Table

from ledger.tables.metadata import instant_column, metadata, text_column

changed_orders = Table(
    "changed_orders",
    metadata,
    text_column("store_id", key=True),
    text_column("amazon_order_id", key=True),
    Column("version", Integer, nullable=False),
    instant_column("ship_by"),
    instant_column("notified_at"),
    instant_column("due_at"),
    Column("attempts", Integer, nullable=False),
)
"""`version` counts the notifications of the order, so that one that comes while Amazon is asked is not lost. `ship_by`
puts the rows in order. `due_at` is in the future while a process asks, and after a failure."""
