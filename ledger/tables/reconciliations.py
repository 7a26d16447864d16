"""The table of reconciliations."""

from sqlalchemy import Column, Table

from ledger.tables.columns import UtcDateTime
from ledger.tables.metadata import metadata, text_column

reconciliations = Table(
    "reconciliations", metadata, Column("at", UtcDateTime, primary_key=True), text_column("document")
)
"""The latest one only: one row."""
