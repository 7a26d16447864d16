"""Alembic's environment: runs the migrations on the connection of ledger.database.migrate."""

from alembic import context

from ledger.database.schema_version import VERSION_TABLE
from ledger.tables.indexes import complete_metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=complete_metadata,
    version_table=VERSION_TABLE,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
