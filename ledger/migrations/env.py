"""Alembic's environment: runs the migrations on the connection of ledger.database.migrate, each in a transaction.

Within one that is open already, as SQLite's is, all are part of that.
"""

from alembic import context

from ledger.database.compatible_versions import note_compatibility
from ledger.database.schema_version import VERSION_TABLE
from ledger.tables.indexes import complete_metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=complete_metadata,
    version_table=VERSION_TABLE,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=True,
    on_version_apply=note_compatibility,
)
with context.begin_transaction():
    context.run_migrations()
