"""The table of communication errors."""

from sqlalchemy import Column, Identity, Table

from ledger.tables.columns import RowNumber
from ledger.tables.metadata import instant_column, metadata, text_column

communication_errors = Table(
    "communication_errors",
    metadata,
    Column("id", RowNumber, Identity(), primary_key=True),
    instant_column("at"),
    text_column("system"),
    text_column("operation"),
    text_column("outcome"),
    text_column("code"),
    text_column("sentence"),
    text_column("store_id", nullable=True),
    text_column("amazon_order_id", nullable=True),
    text_column("request_id", nullable=True),
    text_column("seller", nullable=True),
)
