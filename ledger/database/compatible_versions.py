"""Which earlier code can work with the tables: each migration notes it, in its own transaction."""

from collections.abc import Collection, Mapping
from typing import Any

from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import Script, ScriptDirectory
from sqlalchemy import delete, insert, inspect

from ledger.tables.compatibility import compatibility


def changes_tables(migration: Script) -> bool:
    """Whether a migration does more than add, so that code that does not know it cannot work with the tables."""
    return not getattr(migration.module, "additive", False)


def oldest_compatible(script: ScriptDirectory, version: str) -> str:
    """Return the newest version up to *version* that changed tables: code that knows it works with them."""
    migrations = script.walk_revisions(head=version)
    return next(str(migration.revision) for migration in migrations if changes_tables(migration))


def note_compatibility(
    ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]
) -> None:
    """Note it for the version that a step of Alembic leads to; before version 0030 there is no table for it."""
    connection, script = ctx.connection, ctx.script
    assert connection is not None and script is not None  # noqa: S101, PT018 - as in any run on a database
    if step.destination_revision_ids and inspect(connection).has_table(compatibility.name):
        oldest = oldest_compatible(script, step.destination_revision_ids[0])
        connection.execute(delete(compatibility))
        connection.execute(insert(compatibility).values(oldest_version=oldest))
