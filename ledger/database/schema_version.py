"""The version of the tables, read without alembic, whose import costs a command a third of its time."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from ledger.errors import SchemaOutOfDateError

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def check_version(connection: Connection) -> None:
    """Raise SchemaOutOfDateError unless the tables are those of this version."""
    if not is_current(connection):
        raise SchemaOutOfDateError("The database's tables are not those of this version; run crossdock migrate.")


def is_current(connection: Connection) -> bool:
    """Return whether the tables are those of this version. Raises SchemaOutOfDateError when they are a later one's."""
    current, known = _recorded_version(connection), versions()
    if current is not None and current not in known:
        raise SchemaOutOfDateError(
            f'The database was migrated to "{current}" by a newer Crossdock; run that version against it.'
        )
    return current == known[-1]


def versions() -> list[str]:
    """Return the versions of the migrations, oldest first: each file's name begins with the one it leads to."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _recorded_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
