"""Migrations: bring the tables to this version, by Alembic.

A migration whose module has `additive = True` only adds: processes of the version before go on with its tables, and are
replaced one by one. Any other one waits until all processes are stopped.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, inspect, text
from sqlalchemy.exc import OperationalError

from ledger.database.error_translation import is_lock_timeout
from ledger.database.schema_version import (
    FORMER_VERSION_TABLE,
    MIGRATIONS,
    VERSION_TABLE,
    has_former_version,
    is_current,
    versions,
)
from ledger.errors import LedgerUnavailableError
from ledger.tables.compatibility import compatibility

_LOCK = 0x63726F7373646F63
"""Number of the advisory lock under which one process at a time migrates: "crossdoc" in ASCII."""

_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'crossdock'"
    " AND pid <> pg_backend_pid()"
)
_LOOK_INTERVAL = 0.5

LOCK_TIMEOUT = 60.0
"""Seconds to wait for another migration, for each table that other sessions use, and for processes to be stopped."""


def migrate(connection: Connection) -> None:
    """Migrate the tables to this version, within the open transaction; concurrent migrations wait for its end.

    Tables of a later version that only added to them stay as they are. Raises SchemaOutOfDateError when a later one
    changed them, ForeignTablesError when they are another application's, LedgerUnavailableError when another migration
    or another session keeps them locked, or processes run that could not work with them afterwards.
    """
    if connection.dialect.name != "postgresql":
        _upgrade(connection)
        return
    # SQLite needs no psycopg, whose import costs 0.1 s.
    from ledger.database.postgresql import unbounded  # noqa: PLC0415 - as above

    with unbounded(connection):
        connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT * 1000:.0f}"))
        with _lock_timeout_means(
            "Another migration of this database is under way; wait for its end, and run it again."
        ):
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
        with _lock_timeout_means(
            "Other sessions use a table that the migration has to change; stop all processes of Crossdock, and run it"
            " again."
        ):
            _await_the_end_of_processes(connection)
            _upgrade(connection)


@contextmanager
def _lock_timeout_means(sentence: str) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if not is_lock_timeout(error):
            raise
        raise LedgerUnavailableError(sentence) from error


def _await_the_end_of_processes(connection: Connection) -> None:
    """Wait until no process uses the tables, if there are any and a migration to come does more than add to them."""
    if is_current(connection) or not (current := _current_version(connection)):
        return
    if current >= oldest_version():
        return
    ends = monotonic() + LOCK_TIMEOUT
    while others := connection.execute(_OTHERS).scalar_one():
        if monotonic() > ends:
            raise LedgerUnavailableError(
                f"This migration changes what running processes rely on, and {others} sessions of Crossdock use the"
                " database: stop all processes, and run it again."
            )
        sleep(_LOOK_INTERVAL)


def oldest_version() -> str:
    """Return the version of the newest migration that does more than add: code that knows it works with the tables."""
    script = ScriptDirectory.from_config(_config())
    changing = [revision for revision in script.walk_revisions() if not getattr(revision.module, "additive", False)]
    return str(changing[0].revision)


def _current_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _upgrade(connection: Connection) -> None:
    # Raises for tables that a later version changed, and of others.
    if is_current(connection) and _current_version(connection) not in versions():
        return
    if has_former_version(connection, inspect(connection)):
        connection.execute(text(f"ALTER TABLE {FORMER_VERSION_TABLE} RENAME TO {VERSION_TABLE}"))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.execute(delete(compatibility))
    connection.execute(insert(compatibility).values(oldest_version=oldest_version()))


def _config() -> Config:
    config = Config()
    # Config takes "%" for the beginning of a variable.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
