"""The table of running processes, each with its latest report."""

from sqlalchemy import Table

from ledger.tables.metadata import instant_column, metadata, text_column

processes = Table(
    "processes", metadata, text_column("id", key=True), instant_column("seen_at"), text_column("document")
)
