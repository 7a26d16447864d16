"""The table of compatibility: which earlier versions of the code can work with these tables."""

from sqlalchemy import Table

from ledger.tables.metadata import metadata, text_column

compatibility = Table("compatibility", metadata, text_column("oldest_version", key=True))
"""One row: the version of the tables that the oldest such code knows, as the migration to it is named."""
