"""The tables of listings: one row a listing that orders name, and the changes that no row contains yet.

A change is inserted with the batch that causes it, so that consumers never wait for each other's listings. No title is
here: it may be personalised, and is destroyed with its order's personal data.
"""

from sqlalchemy import Column, Identity, Integer, Table

from ledger.tables.columns import RowNumber
from ledger.tables.metadata import instant_column, metadata, text_column

listings = Table(
    "listings",
    metadata,
    text_column("store_id", key=True),
    text_column("seller_sku", key=True),
    text_column("asin", nullable=True),
    Column("orders", Integer, nullable=False),
    text_column("last_order", nullable=True),
    instant_column("last_at", nullable=True),
)

listing_changes = Table(
    "listing_changes",
    metadata,
    Column("id", RowNumber, Identity(always=False), primary_key=True),
    text_column("store_id"),
    text_column("seller_sku"),
    text_column("asin", nullable=True),
    Column("orders", Integer, nullable=False),
    text_column("last_order", nullable=True),
    instant_column("last_at", nullable=True),
)
