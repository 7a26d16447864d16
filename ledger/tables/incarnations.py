"""The table of incarnations: one row for each time that the database was found to be another than before."""

from sqlalchemy import Column, Integer, Table

from ledger.tables.metadata import instant_column, metadata, text_column

incarnations = Table(
    "incarnations",
    metadata,
    Column("number", Integer, primary_key=True),
    text_column("id"),
    text_column("fingerprint"),
    instant_column("since"),
)
"""The newest is the present one. The first has the empty id."""
