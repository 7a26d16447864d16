"""The version of the tables, read without alembic, whose import costs a command a third of its time."""

from pathlib import Path

from sqlalchemy import Connection, Inspector, inspect, select, text

from ledger.database.sqlstates import READ_ONLY_STATE, advice_on
from ledger.errors import ForeignTablesError, LedgerUnavailableError, SchemaOutOfDateError
from ledger.tables.compatibility import compatibility

MIGRATIONS = Path(__file__).parent.parent / "migrations"

VERSION_TABLE = "crossdock_version"
"""Our own: another application in the same schema may keep its version in Alembic's default table."""

FORMER_VERSION_TABLE = "alembic_version"
"""The table of the version before 0.1.0."""


def check_version(connection: Connection) -> None:
    """Raise SchemaOutOfDateError unless this code can work with the tables, ForeignTablesError for another's.

    It can with its own, and with those of a later version that only added to them.
    """
    if not is_current(connection):
        raise SchemaOutOfDateError("The database's tables are not those of this version; run crossdock migrate.")


def check_writable(connection: Connection) -> None:
    """Raise LedgerUnavailableError on a standby, and where new transactions may only read."""
    if connection.dialect.name != "postgresql":
        return
    if connection.execute(text("SELECT current_setting('transaction_read_only') = 'on'")).scalar():
        raise LedgerUnavailableError(advice_on(READ_ONLY_STATE, "it is a standby, or only reads by its settings"))


def is_current(connection: Connection) -> bool:
    """Return whether the tables are those of this version, or of a later one that only added to them.

    Raises SchemaOutOfDateError when a later one changed them, ForeignTablesError when they are another application's.
    """
    inspector = inspect(connection)
    if not inspector.has_table(VERSION_TABLE):
        if not has_former_version(connection, inspector):
            _check_foreign(inspector)
        return False
    current, known_versions = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar(), versions()  # noqa: S608 - a constant
    if current is not None and current not in known_versions:
        if inspector.has_table(compatibility.name) and _oldest_version(connection) in known_versions:
            return True
        raise SchemaOutOfDateError(
            f'The database was migrated to "{current}" by a newer Crossdock; run that version against it.'
        )
    return current == known_versions[-1]


def has_former_version(connection: Connection, inspector: Inspector) -> bool:
    """Return whether our tables are there, with their version in the table of before 0.1.0."""
    if inspector.has_table(VERSION_TABLE) or not inspector.has_table(FORMER_VERSION_TABLE):
        return False
    version = connection.execute(text(f"SELECT version_num FROM {FORMER_VERSION_TABLE}")).scalar()  # noqa: S608 - as above
    return version in versions() and inspector.has_table("inbox")


def _oldest_version(connection: Connection) -> str | None:
    return connection.execute(select(compatibility.c.oldest_version)).scalar()


def versions() -> list[str]:
    """Return the versions of the migrations, oldest first: each file's name begins with the one it leads to."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _check_foreign(inspector: Inspector) -> None:
    from ledger.tables.indexes import complete_metadata  # noqa: PLC0415 - all tables, before the first migration only

    foreign = sorted(set(complete_metadata.tables) & set(inspector.get_table_names()))
    if foreign:
        raise ForeignTablesError(
            f"The database has tables of another application under names that Crossdock needs ({', '.join(foreign)});"
            " give Crossdock a database of its own, or on PostgreSQL a schema."
        )
