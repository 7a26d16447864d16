"""The engine: opens SQLite or PostgreSQL, with settings for durability and with bounded waits."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from ledger.database.database_url import checked_url
from ledger.database.error_translation import is_foreign, unavailable
from ledger.errors import LedgerUnavailableError

READ_ONLY = "crossdock_read_only"
"""Execution option of a transaction that only reads."""

_SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    # Deleted and replaced contents are overwritten with zeros: personal data is destroyed, not only forgotten.
    "PRAGMA secure_delete = ON",
)


def open_engine(text: str, *, allow_unencrypted: bool = False) -> Engine:
    """Open the database at this URL and connect once.

    Raises SettingsError for a URL other than `sqlite:///FILE` and `postgresql://…` and for a server that Crossdock
    cannot use, LedgerUnavailableError when the database does not answer.
    """
    url = checked_url(text)
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = _sqlite(url) if is_sqlite else _postgresql(url, allow_unencrypted=allow_unencrypted)
    try:
        open_connection(engine).close()
    except LedgerUnavailableError as error:
        if is_sqlite and (sentence := _problem_of_file(url, str(error))):
            raise LedgerUnavailableError(sentence) from error
        raise
    return engine


def open_connection(engine: Engine) -> Connection:
    """Return a free connection of the pool, or a new one.

    Raises LedgerUnavailableError, whichever error prevents it.
    """
    try:
        return engine.connect()
    except Exception as error:
        if not is_foreign(error):
            raise
        raise unavailable(error) from error


def _postgresql(url: URL, *, allow_unencrypted: bool) -> Engine:
    # SQLite needs no psycopg, whose import costs 0.1 s.
    from ledger.database.postgresql import postgresql_engine  # noqa: PLC0415 - as above

    return postgresql_engine(url, allow_unencrypted=allow_unencrypted)


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _problem_of_file(url: URL, problem: str) -> str | None:
    """Return a sentence about a database file that cannot be opened, if that is the problem."""
    folder = _folder(url)
    if not folder.is_dir():
        return f"The folder {folder} of the database file is missing; create it, or correct CROSSDOCK_DATABASE_URL."
    if "unable to open" in problem or "readonly" in problem or "read-only" in problem:
        return (
            f"The database file in the folder {folder} cannot be opened or written; give this user the right to write"
            " the folder and its files, or correct CROSSDOCK_DATABASE_URL."
        )
    return None


def _folder(url: URL) -> Path:
    """Return the folder of a database file, given to SQLite as a path or as a `file:` URL."""
    return Path((url.database or "").removeprefix("file:")).absolute().parent


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def checkpoint(connection: Connection) -> bool:
    """Write SQLite's write-ahead log into the file, and empty it; False while another connection reads it."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - the engine is SQLite's
    is_busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first and writes later would fail without waiting."""
    is_read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {int(is_read_only)}")
    connection.exec_driver_sql("BEGIN" if is_read_only else "BEGIN IMMEDIATE")
