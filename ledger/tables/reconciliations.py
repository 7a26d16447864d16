"""The table of reconciliations."""

from sqlalchemy import Table

from ledger.tables.metadata import instant_column, metadata, text_column

reconciliations = Table("reconciliations", metadata, instant_column("at"), text_column("document"))
"""The latest one only: one row."""
