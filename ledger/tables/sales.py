"""The tables of sales figures: sums by day, and the changes that no sum contains yet.

A change is inserted with the batch that causes it, so that consumers never wait for each other's sums.
"""

from sqlalchemy import Column, Identity, Integer, Table

from ledger.tables.columns import Millionths, RowNumber
from ledger.tables.metadata import metadata, text_column

daily_sales = Table(
    "daily_sales",
    metadata,
    text_column("store_id", key=True),
    text_column("day", key=True),
    text_column("status", key=True),
    text_column("currency", key=True),
    Column("orders", Integer, nullable=False),
    Column("total", Millionths, nullable=False),
)

daily_sales_changes = Table(
    "daily_sales_changes",
    metadata,
    Column("id", RowNumber, Identity(always=False), primary_key=True),
    text_column("store_id"),
    text_column("day"),
    text_column("status"),
    text_column("currency"),
    Column("orders", Integer, nullable=False),
    Column("total", Millionths, nullable=False),
)
