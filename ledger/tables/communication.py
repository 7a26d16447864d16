"""The table of communication errors."""

from sqlalchemy import Column, Identity, Index, Table

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
)
Index("ix_communication_errors_at", communication_errors.c.at)
for _filtered_by in ("store_id", "system"):
    # Lists begin with the latest: with the number in the index, a list reads no more errors than it shows.
    Index(f"ix_communication_errors_{_filtered_by}", communication_errors.c[_filtered_by], communication_errors.c.id)
Index("ix_communication_errors_amazon_order_id", communication_errors.c.amazon_order_id)
