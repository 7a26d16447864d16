"""The table of rate buckets."""

from sqlalchemy import Table

from ledger.tables.metadata import instant_column, metadata, text_column

rate_buckets = Table("rate_buckets", metadata, text_column("key", key=True), instant_column("full_at"))
"""`full_at`: when the bucket has all its tokens again, if none is taken; in the past when it is full."""

SIGN_IN = "sign-in"
"""The prefix of keys of buckets that grant tries to sign in, and no calls to an external system."""
