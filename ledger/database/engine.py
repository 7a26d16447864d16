"""The engine: opens SQLite or PostgreSQL, with settings for durability and with bounded waits."""

import re
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ledger.database.error_translation import is_foreign, unavailable
from ledger.errors import LedgerUnavailableError
from schemas.errors import SettingsError
from schemas.masked_urls import masked_url

READ_ONLY = "crossdock_read_only"
"""Execution option of a transaction that only reads."""

_POSTGRES_SETTINGS = {
    "TimeZone": "UTC",
    "lock_timeout": "5s",
    # A process that hangs inside a transaction must not keep its locks forever.
    "idle_in_transaction_session_timeout": "60s",
    # Nor may a machine that vanished: PostgreSQL by default waits two hours, in which no scheduler would lead.
    "tcp_keepalives_idle": "10s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30s",
}

_POSTGRES_CONNECT_ARGUMENTS = {
    "connect_timeout": 5,
    # With its own prepared statements, psycopg runs DEALLOCATE ALL on rollback, and drops those of `ledger.sql`.
    "prepare_threshold": None,
    "application_name": "crossdock",
    # A connection over which nothing arrives is closed after half a minute, not after hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}

_POOL_SIZE = 20
"""Connections kept open: each of the ten consumers of a process uses two while it is busy. A connection beyond these is
opened and closed each time, which costs as much as a batch."""

_SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
)


def open_engine(text: str) -> Engine:
    """Open the database at this URL and connect once.

    Raises SettingsError for a URL other than `sqlite:///FILE` and `postgresql://…`, LedgerUnavailableError when the
    database does not answer.
    """
    url = checked_url(text)
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    try:
        with open_connection(engine):
            return engine
    except LedgerUnavailableError as error:
        if url.get_backend_name() == "sqlite" and not _folder(url).is_dir():
            raise LedgerUnavailableError(
                f"The folder {_folder(url)} of the database file is missing; create it, or correct"
                " CROSSDOCK_DATABASE_URL."
            ) from error
        raise


def open_connection(engine: Engine) -> Connection:
    """Return a free connection of the pool, or a new one. Raises LedgerUnavailableError whatever prevents it."""
    try:
        return engine.connect()
    except Exception as error:
        if not is_foreign(error):
            raise
        raise unavailable(error) from error


def _folder(url: URL) -> Path:
    """Return the folder of a database file, given to SQLite as a path or as a `file:` URL."""
    return Path((url.database or "").removeprefix("file:")).absolute().parent


def checked_url(text: str) -> URL:
    """Return the parsed database URL, without connecting. Raises SettingsError when it is malformed or unsupported."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError(_advice("is not a database URL")) from None
    if url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"):
        raise SettingsError(_advice(f'names "{url.drivername}", which is not supported'))
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise SettingsError(_advice("names no file"))
    if url.get_backend_name() == "postgresql":
        _check_signs(text, url)
        _check_parameters(url)
    return url


def _check_signs(text: str, url: URL) -> None:
    """Raise SettingsError for an `@` that ends no password: what is before or after it would be taken for the host."""
    if text.count("@") > 1 or "@" in (url.database or "") or re.search(r"\?\w*=.*@", text):
        raise SettingsError(_advice("has an @ beside the one before the host; write it as %40"))


def _check_parameters(url: URL) -> None:
    import psycopg  # noqa: PLC0415 - SQLite needs no psycopg, whose import costs 0.1 s
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - as above

    for name, value in url.query.items():
        if not isinstance(value, str):
            raise SettingsError(_advice(f"names {name} twice; libpq takes several hosts in one, host=a,b&port=1,2"))
        try:
            make_conninfo("", **{name: value})
        except psycopg.ProgrammingError:
            raise SettingsError(_advice(f'contains "{name}", which is no parameter of PostgreSQL')) from None


def redacted_url(text: str) -> str:
    """Return the database URL for display: without the password and the parameters. Raises as `checked_url` does."""
    checked_url(text)
    return masked_url(text)


def _advice(problem: str) -> str:
    return f"CROSSDOCK_DATABASE_URL {problem}; write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE."


def _postgresql(url: URL) -> Engine:
    connect_args = _POSTGRES_CONNECT_ARGUMENTS | dict(url.query)
    # No ping before each use: it costs a round trip for each batch, and a transaction that fails on a broken connection
    # is retried anyway, on a new pool. No reset after each use either: every transaction is ended explicitly.
    engine = create_engine(
        url.set(query={}),
        connect_args=connect_args,
        hide_parameters=True,
        pool_reset_on_return=None,
        pool_size=_POOL_SIZE,
    )
    event.listen(engine, "connect", _set_up_postgresql)
    return engine


def _set_up_postgresql(connection: Any, _record: object) -> None:
    for name, value in _POSTGRES_SETTINGS.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))
    connection.commit()


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first and writes later would fail without waiting."""
    is_read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {int(is_read_only)}")
    connection.exec_driver_sql("BEGIN" if is_read_only else "BEGIN IMMEDIATE")
