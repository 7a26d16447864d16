"""Migrations: bring the tables to this version, by Alembic."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from ledger.database.error_translation import is_lock_timeout
from ledger.database.schema_version import (
    FORMER_VERSION_TABLE,
    MIGRATIONS,
    VERSION_TABLE,
    has_former_version,
    is_current,
)
from ledger.errors import LedgerUnavailableError

_LOCK = 0x63726F7373646F63
"""Number of the advisory lock under which one process at a time migrates: "crossdoc" in ASCII."""

LOCK_TIMEOUT = 60.0
"""Seconds to wait for another migration, and for each table that other sessions use."""


def migrate(connection: Connection) -> None:
    """Migrate the tables to this version, within the open transaction; concurrent migrations wait for its end.

    Raises SchemaOutOfDateError when the tables are a later version's, ForeignTablesError when they are another
    application's, LedgerUnavailableError when another migration or another session keeps them locked.
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
            _upgrade(connection)


@contextmanager
def _lock_timeout_means(sentence: str) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if not is_lock_timeout(error):
            raise
        raise LedgerUnavailableError(sentence) from error


def _upgrade(connection: Connection) -> None:
    is_current(connection)  # raises for tables of a later version, and of others
    if has_former_version(connection, inspect(connection)):
        connection.execute(text(f"ALTER TABLE {FORMER_VERSION_TABLE} RENAME TO {VERSION_TABLE}"))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    # Config takes "%" for the beginning of a variable.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
