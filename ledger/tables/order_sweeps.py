"""The table of sweeps: how far the changes of each seller's orders were searched."""

from sqlalchemy import Column, Integer, Table

from ledger.tables.metadata import instant_column, metadata, text_column

order_sweeps = Table(
    "order_sweeps",
    metadata,
    text_column("seller_id", key=True),
    instant_column("swept_until"),
    instant_column("search_until"),
    text_column("page_token", nullable=True),
    instant_column("due_at"),
    Column("attempts", Integer, nullable=False),
)
"""All changes before `swept_until` are known. Equal to it, `search_until` means that no search is in progress; else
that is how far the one in progress goes, and `page_token` is its next page, null for the first."""
