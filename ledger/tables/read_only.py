"""The tables of read-only mode: whether it is on, where the database is known to be, and the withheld requests."""

from sqlalchemy import Column, Integer, Table

from ledger.tables.metadata import instant_column, metadata, text_column

read_only_mode = Table(
    "read_only_mode",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    instant_column("since"),
    text_column("who"),
    text_column("reason"),
)
"""One row while the mode is on, none while it is off."""

database_places = Table("database_places", metadata, text_column("place", key=True), instant_column("known_since"))

withheld_changes = Table(
    "withheld_changes",
    metadata,
    text_column("request", key=True),
    text_column("store_id", key=True),
    text_column("amazon_order_id", key=True),
    instant_column("first_at"),
    instant_column("last_at"),
    Column("times", Integer, nullable=False),
)
