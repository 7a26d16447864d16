"""The table of JSON documents, in which the simulated shop stores its state."""

from sqlalchemy import Table

from ledger.tables.metadata import metadata, text_column

documents = Table(
    "documents",
    metadata,
    text_column("kind", key=True),
    text_column("key", key=True),
    text_column("document", nullable=True),
)
