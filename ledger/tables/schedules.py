"""The table of scheduled jobs."""

from sqlalchemy import Table

from ledger.tables.metadata import instant_column, metadata, text_column

schedules = Table(
    "schedules",
    metadata,
    text_column("job", key=True),
    instant_column("last_run_at"),
    text_column("error", nullable=True),
)
