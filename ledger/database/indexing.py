"""Indexes on tables that may be large, made by migrations while processes write to them."""

from collections.abc import Sequence

from alembic import op
from sqlalchemy import Connection, text

_IS_INVALID = text("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


def create_index_beside_writers(name: str, table: str, columns: Sequence[str]) -> None:
    """Create an index within a migration; on PostgreSQL it holds up no writer, and takes two reads of the table.

    The migration may be interrupted, and run again: its earlier statements are kept, so it does nothing else. The
    unfinished index of an interrupted run costs each write and serves no query, and is created again.
    """
    context = op.get_context()
    if context.dialect.name != "postgresql":
        op.create_index(name, table, columns)
        return
    with context.autocommit_block():
        _drop_unfinished(op.get_bind(), name)
        op.create_index(name, table, columns, postgresql_concurrently=True, if_not_exists=True)


def _drop_unfinished(connection: Connection, name: str) -> None:
    if connection.execute(_IS_INVALID, {"name": name}).scalar():
        op.drop_index(name, postgresql_concurrently=True)
