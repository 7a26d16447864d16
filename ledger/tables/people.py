"""The tables of people: users, sign-ins under way, sessions in a browser, API tokens. Of secrets they hold hashes."""

from sqlalchemy import Boolean, Column, Table

from ledger.tables.columns import Bytes
from ledger.tables.metadata import instant_column, metadata, text_column

users = Table(
    "users",
    metadata,
    text_column("name", key=True),
    text_column("role"),
    text_column("password_hash", nullable=True),
    Column("is_active", Boolean, nullable=False),
    text_column("issuer", nullable=True),
    text_column("subject", nullable=True),
    instant_column("confirmed_at", nullable=True),
    instant_column("created_at"),
    instant_column("updated_at"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("secret_hash", Bytes, primary_key=True),
    text_column("user_name"),
    instant_column("created_at"),
    instant_column("used_at"),
    instant_column("expires_at"),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("secret_hash", Bytes, primary_key=True),
    text_column("user_name"),
    instant_column("expires_at"),
)

provider_sign_ins = Table(
    "provider_sign_ins",
    metadata,
    Column("secret_hash", Bytes, primary_key=True),
    text_column("target"),
    instant_column("expires_at"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    text_column("id", key=True),
    text_column("user_name"),
    text_column("label"),
    Column("secret_hash", Bytes, nullable=False, unique=True),
    text_column("scopes"),
    instant_column("created_at"),
    instant_column("expires_at", nullable=True),
    instant_column("last_used_at", nullable=True),
    instant_column("revoked_at", nullable=True),
)

saved_views = Table(
    "saved_views", metadata, text_column("user_name", key=True), text_column("name", key=True), text_column("query")
)
