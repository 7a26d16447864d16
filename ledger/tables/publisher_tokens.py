"""The table of publishers' tokens."""

from sqlalchemy import Column, Table

from ledger.tables.columns import Bytes
from ledger.tables.metadata import instant_column, metadata, text_column

publisher_tokens = Table(
    "publisher_tokens",
    metadata,
    Column("digest", Bytes, primary_key=True),
    text_column("account"),
    instant_column("created_at"),
)
"""`digest` is the SHA-256 of a token: a token is random, so that nobody finds it by trying."""
