"""The table of backfills: which orders of the past are searched, and how far."""

from sqlalchemy import Column, Integer, Table

from ledger.tables.metadata import instant_column, metadata, text_column

backfills = Table(
    "backfills",
    metadata,
    text_column("id", key=True),
    text_column("seller_id"),
    text_column("store_id", nullable=True),
    instant_column("created_from"),
    instant_column("created_until"),
    instant_column("searched_until"),
    instant_column("window_until"),
    Column("window_seconds", Integer, nullable=False),
    instant_column("started_at"),
    text_column("who"),
    text_column("why"),
    text_column("state"),
    text_column("reason"),
    text_column("page_token", nullable=True),
    Column("window_pages", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("orders", Integer, nullable=False),
    Column("published", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    instant_column("ended_at", nullable=True),
    instant_column("due_at"),
)
"""See schemas.backfills.Backfill. Until `due_at` no process asks for the next page."""
