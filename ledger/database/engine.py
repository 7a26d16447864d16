"""Opens SQLite or PostgreSQL, each with the settings it needs to lose nothing and to wait for nobody for ever."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ledger.database.error_translation import CREATE_IT, translate_errors
from ledger.errors import LedgerUnavailableError
from schemas.errors import SettingsError

READ_ONLY = "crossdock_read_only"
"""Execution option of a transaction that only reads."""

_POSTGRES_SETTINGS = {
    "TimeZone": "UTC",
    "lock_timeout": "5s",
    # A process that hangs inside a transaction must not hold its locks for ever.
    "idle_in_transaction_session_timeout": "60s",
    # Nor may a machine that is gone without a word: PostgreSQL itself would wait two hours for the leading clock.
    "tcp_keepalives_idle": "10s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30s",
}

_POSTGRES_LINK = {
    "connect_timeout": 5,
    # psycopg gives up on each rollback what it prepared by DEALLOCATE ALL, and all of `ledger.sql.prepared` with it.
    "prepare_threshold": None,
    "application_name": "crossdock",
    # A network that swallows everything in silence is given up after half a minute, not after hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}

_MOST_CONNECTIONS = 20
"""How many are kept open once they were needed: each of the ten consumers of a process uses two while it is busy. One
that goes beyond is opened and closed each time, which costs as much as a batch."""

_SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
)


def open_engine(text: str) -> Engine:
    """Open the database at this URL and reach it once.

    Raises SettingsError for a URL that is none of `sqlite:///FILE` and `postgresql://…`, LedgerUnavailableError when
    the database does not answer.
    """
    url = checked_url(text)
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    try:
        with translate_errors(), engine.connect():
            return engine
    except LedgerUnavailableError as error:
        if url.get_backend_name() == "sqlite" and not _folder(url).is_dir():
            raise LedgerUnavailableError(
                f"The folder {_folder(url)} of the database file is missing; {CREATE_IT}"
            ) from error
        raise


def _folder(url: URL) -> Path:
    """Return the folder of a database file, which SQLite takes for a path or for a URL of its own."""
    return Path((url.database or "").removeprefix("file:")).absolute().parent


def checked_url(text: str) -> URL:
    """Return the database URL, without reaching the database. Raises SettingsError when it is none that is served."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError(_advice("is no database URL")) from None
    if url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"):
        raise SettingsError(_advice(f'names "{url.drivername}", which is not supported'))
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise SettingsError(_advice("names no file"))
    if url.get_backend_name() == "postgresql":
        _check_parameters(url)
    return url


def _check_parameters(url: URL) -> None:
    import psycopg  # noqa: PLC0415 - SQLite needs no psycopg, whose import costs 0.1 s
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - as above

    for name, value in url.query.items():
        if not isinstance(value, str):
            raise SettingsError(_advice(f"names {name} twice; libpq takes several hosts in one, host=a,b&port=1,2"))
        try:
            make_conninfo("", **{name: value})
        except psycopg.ProgrammingError:
            raise SettingsError(_advice(f'holds "{name}", which is no parameter of PostgreSQL\'s clients')) from None


def redacted_url(text: str) -> str:
    """Return the database URL as it may be shown: without the password and what its parameters say."""
    url = checked_url(text)
    return url.set(query={}).render_as_string(hide_password=True) + ("?..." if url.query else "")


def _advice(what: str) -> str:
    return f"CROSSDOCK_DATABASE_URL {what}; write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE."


def _postgresql(url: URL) -> Engine:
    arguments = _POSTGRES_LINK | dict(url.query)
    # No ping before each use: it is one more round trip a batch, and a broken connection fails a transaction that is
    # tried again anyway, on a new pool. No reset after each use either: every transaction is ended by who began it.
    engine = create_engine(
        url.set(query={}),
        connect_args=arguments,
        hide_parameters=True,
        pool_reset_on_return=None,
        pool_size=_MOST_CONNECTIONS,
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
    """Take the write lock at once: a transaction that reads first and writes later fails without waiting."""
    reading = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {int(reading)}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
