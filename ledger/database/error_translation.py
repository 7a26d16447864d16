"""Translation of the database's exceptions into ours, by what the caller can do about them."""

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeGuard

from sqlalchemy import exc

from ledger.errors import LedgerError, LedgerUnavailableError, OrderChangedMeanwhileError
from schemas.errors import CrossdockError

if TYPE_CHECKING:
    import psycopg

CREATE_IT = "create it, or correct CROSSDOCK_DATABASE_URL."

_UNREACHABLE = (exc.TimeoutError, exc.DisconnectionError)
_SQLITE_UNAVAILABLE = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
)
"""Primary result codes: SQLite raises OperationalError also for statements that can never succeed."""

_NO_DATABASE = re.compile('database ".*" does not exist')
"""The message of a server without this database. A failed connection has no SQLSTATE; a server that answers in another
language counts as unreachable."""

_READ_ONLY = "25006"
"""The SQLSTATE of a write to a read-only database, such as a former primary after a failover."""

_DENIED = "42501"
"""The SQLSTATE of a missing privilege: revoked, or never granted. No event causes it."""

_MISSING_OBJECT = ("42P01", "42703", "3F000", "3D000")
"""SQLSTATEs of a missing table, column, schema or database: dropped, renamed, or not restored yet."""

_SQLITE_MISSING_OBJECT = re.compile(r"no such (table|column)|table \S+ has no column")
"""SQLite's message for one: its result code covers every error in a statement."""

_LOST_RACE = ("40", "55P03", "23505")
"""SQLSTATEs, or their class: deadlock and serialization failure (40), lock not available, unique violation."""

_DIVISION_BY_ZERO = "22012"
"""The SQLSTATE by which `statements.insert_all` fails when not every row was written."""

_SQLITE_LOST_RACE = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise our errors instead of SQLAlchemy's and the drivers'; other exceptions pass unchanged."""
    try:
        yield
    except (exc.SQLAlchemyError, sqlite3.Error) as error:
        raise translate(error) from error
    except Exception as error:
        if not _is_postgresql(error):
            raise
        raise translate(error) from error


def _is_postgresql(error: object) -> "TypeGuard[psycopg.Error]":
    """Return whether psycopg raised it. Where psycopg is not imported, which costs 0.1 s, no error is its."""
    psycopg = sys.modules.get("psycopg")
    return psycopg is not None and isinstance(error, psycopg.Error)


def translate(error: "exc.SQLAlchemyError | sqlite3.Error | psycopg.Error") -> CrossdockError:
    """Return our error for theirs. Its sentence contains no value of a row."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if _is_postgresql(cause) and cause.sqlstate == _DIVISION_BY_ZERO:
        return batch_conflict()
    reason = _reason(cause)
    if _lost_race(cause):
        return OrderChangedMeanwhileError(f"Another process wrote the same rows first ({reason}); try again.")
    if advice := _set_up_advice(cause, reason):
        return LedgerUnavailableError(advice)
    if _unavailable(error, cause):
        return LedgerUnavailableError(f"The database cannot be used right now ({reason}); try again later.")
    return LedgerError(f"The database refused a statement: {reason}.")


def _set_up_advice(cause: object, reason: str) -> str | None:
    """Return an instruction when the database is set up wrongly: no event causes it, and a person can correct it."""
    state = cause.sqlstate if _is_postgresql(cause) else None
    if _NO_DATABASE.search(reason):
        return f"The database is missing ({reason}); {CREATE_IT}"
    if state == _DENIED:
        return f"The database user lacks a privilege ({reason}); grant it."
    if state in _MISSING_OBJECT or _SQLITE_MISSING_OBJECT.match(reason):
        return f"The database is incomplete ({reason}); restore it, or run the version that its tables are of."
    return None


def batch_conflict() -> OrderChangedMeanwhileError:
    """Return the error of a batch that was not written because some of its rows were written by others."""
    return OrderChangedMeanwhileError(
        "Orders or messages of a batch were written by another process meanwhile; read them again."
    )


def _unavailable(error: Exception, cause: object) -> bool:
    if isinstance(error, _UNREACHABLE) or (isinstance(error, exc.DBAPIError) and error.connection_invalidated):
        return True
    if isinstance(cause, sqlite3.Error):
        return _code(cause) & 0xFF in _SQLITE_UNAVAILABLE
    return _is_postgresql(cause) and (_connection_failed(cause) or cause.sqlstate == _READ_ONLY)


def _connection_failed(error: "psycopg.Error") -> bool:
    psycopg = sys.modules["psycopg"]
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def _lost_race(cause: object) -> bool:
    if _is_postgresql(cause):
        return (cause.sqlstate or "").startswith(_LOST_RACE)
    return isinstance(cause, sqlite3.Error) and _code(cause) in _SQLITE_LOST_RACE


def _code(cause: sqlite3.Error) -> int:
    """Return SQLite's extended result code, or 0: the driver's own errors have none."""
    return getattr(cause, "sqlite_errorcode", 0)


def _reason(cause: object) -> str:
    primary = cause.diag.message_primary if _is_postgresql(cause) else None
    first_line = (primary or str(cause) or type(cause).__name__).splitlines()[0]
    return first_line.rstrip(".")
