"""Migrations: bring the tables to this version, by Alembic.

A migration whose module has `additive = True` only adds: processes of the version before go on with its tables, and are
replaced one by one. Any other one waits until all processes are stopped.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import monotonic, sleep
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, TextClause, inspect, text
from sqlalchemy.exc import OperationalError

from ledger.database.compatible_versions import oldest_compatible
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

_LOCK = 0x63726F7373646F63
"""Number of the advisory lock under which one process at a time migrates: "crossdoc" in ASCII."""

_TRY_LOCK = text(f"SELECT pg_try_advisory_lock({_LOCK})")

_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'crossdock'"
    " AND pid <> pg_backend_pid()"
)
_LOOK_INTERVAL = 0.5

LOCK_TIMEOUT = 60.0
"""Seconds to wait for another migration, for each lock of another session, and for processes to be stopped."""


def migrate(connection: Connection) -> None:
    """Migrate the tables to this version; concurrent migrations wait for its end.

    On PostgreSQL each migration is a transaction of its own, on SQLite all are one. An interrupted one continues when
    it is run again. *connection* has no open transaction. Tables of a later version that only added to them stay as
    they are. Raises SchemaOutOfDateError when a later one changed them, ForeignTablesError when they are another
    application's, LedgerUnavailableError when another migration or another session keeps them locked, or processes run
    that could not work with them afterwards.
    """
    if connection.dialect.name != "postgresql":
        with connection.begin():
            _upgrade(connection)
        return
    # SQLite needs no psycopg, whose import costs 0.1 s.
    from ledger.database.postgresql import unbounded  # noqa: PLC0415 - as above

    with unbounded(connection, lock_timeout=LOCK_TIMEOUT), _lock_timeout_named():
        _lock_others_out(connection)
        _await_the_end_of_processes(connection)
        _upgrade(connection)


def _lock_others_out(connection: Connection) -> None:
    """Take the lock of migrations, which the session's end releases.

    It is tried now and then: a session that waits in a statement has a snapshot, for whose end an index that is made
    beside writers would wait, and it for that one's.
    """
    ends = monotonic() + LOCK_TIMEOUT
    while not _execute(connection, _TRY_LOCK):
        if monotonic() > ends:
            raise LedgerUnavailableError(
                "Another migration of this database is under way; wait for its end, and run it again."
            )
        sleep(_LOOK_INTERVAL)


@contextmanager
def _lock_timeout_named() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if not is_lock_timeout(error):
            raise
        raise LedgerUnavailableError(
            "Other sessions use a table that the migration has to change, or have had a transaction open since before"
            " it made an index, as a backup has; wait for their end, or stop Crossdock's processes, and run it again."
        ) from error


def _execute(connection: Connection, statement: TextClause) -> Any:
    """Return the value of a statement that is a transaction of its own."""
    with connection.begin():
        return connection.execute(statement).scalar()


def _await_the_end_of_processes(connection: Connection) -> None:
    """Wait until no process uses the tables, if there are any and a migration to come does more than add to them."""
    with connection.begin():
        current = None if is_current(connection) else _current_version(connection)
    if not current or current >= oldest_version():
        return
    ends = monotonic() + LOCK_TIMEOUT
    while others := _execute(connection, _OTHERS):
        if monotonic() > ends:
            raise LedgerUnavailableError(
                f"This migration changes what running processes rely on, and {others} sessions of Crossdock use the"
                " database: stop all processes, and run it again."
            )
        sleep(_LOOK_INTERVAL)


def oldest_version() -> str:
    """Return the version of the newest migration that does more than add: code that knows it works with the tables."""
    return oldest_compatible(ScriptDirectory.from_config(_config()), "head")


def _current_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _upgrade(connection: Connection) -> None:
    with _in_transaction(connection):
        # Raises for tables that a later version changed, and of others.
        if is_current(connection) and _current_version(connection) not in versions():
            return
        if has_former_version(connection, inspect(connection)):
            connection.execute(text(f"ALTER TABLE {FORMER_VERSION_TABLE} RENAME TO {VERSION_TABLE}"))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _in_transaction(connection: Connection) -> AbstractContextManager[object]:
    """Return the open transaction, which goes on after the block, or one that ends with it."""
    return nullcontext() if connection.in_transaction() else connection.begin()


def _config() -> Config:
    config = Config()
    # Config takes "%" for the beginning of a variable.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
