"""Where the database's exceptions end: each one becomes one of ours, by what the caller can do about it."""

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

_AWAY = (exc.TimeoutError, exc.DisconnectionError)
_SQLITE_AWAY = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
)
"""Primary result codes; SQLite's OperationalError also stands for statements that can never succeed."""

_NO_DATABASE = re.compile('database ".*" does not exist')
"""What a server says that has no such database. A connection that failed has no SQLSTATE; a server that speaks another
language is taken for one that is away."""

_READ_ONLY = "25006"
"""The SQLSTATE of a write to a database that is read-only, as one is that was a standby's primary a moment ago."""

_DENIED = "42501"
"""The SQLSTATE of a privilege that is missing: somebody took it, or forgot to grant it. It is no event's fault."""

_INCOMPLETE = ("42P01", "42703", "3F000", "3D000")
"""SQLSTATEs of a table, column, schema or database that is not there: dropped, renamed, or not restored yet."""

_NO_SUCH = re.compile(r"no such (table|column)|table \S+ has no column")
"""What SQLite says then; its code stands for every mistake in a statement."""

_CONTENDED = ("40", "55P03", "23505")
"""SQLSTATEs of a lost race: deadlock and serialization (class 40), lock not available, unique violation."""

_REFUSED = "22012"
"""The SQLSTATE of a division by zero: what `statements.insert_all` does when not every row was written."""

_SQLITE_RACES = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Let no exception of SQLAlchemy or a driver through; all others pass as they are."""
    try:
        yield
    except (exc.SQLAlchemyError, sqlite3.Error) as error:
        raise translated(error) from error
    except Exception as error:
        if not _is_postgresql(error):
            raise
        raise translated(error) from error


def _is_postgresql(error: object) -> "TypeGuard[psycopg.Error]":
    """Return whether psycopg raised it. Where psycopg is not imported, which costs 0.1 s, nothing is its error."""
    psycopg = sys.modules.get("psycopg")
    return psycopg is not None and isinstance(error, psycopg.Error)


def translated(error: "exc.SQLAlchemyError | sqlite3.Error | psycopg.Error") -> CrossdockError:
    """Return our error for theirs; its sentence repeats no value of a row."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if _is_postgresql(cause) and cause.sqlstate == _REFUSED:
        return refused()
    reason = _reason(cause)
    if _lost_race(cause):
        return OrderChangedMeanwhileError(f"Another process wrote the same rows first ({reason}); try again.")
    if advice := _set_up_advice(cause, reason):
        return LedgerUnavailableError(advice)
    if _away(error, cause):
        return LedgerUnavailableError(f"The database cannot be used right now ({reason}); try again later.")
    return LedgerError(f"The database refused what it was asked: {reason}.")


def _set_up_advice(cause: object, reason: str) -> str | None:
    """Return what to do where the database is set up wrongly: that is no event's fault, and a person can mend it."""
    state = cause.sqlstate if _is_postgresql(cause) else None
    if _NO_DATABASE.search(reason):
        return f"The database is missing ({reason}); {CREATE_IT}"
    if state == _DENIED:
        return f"The database does not let its user do that ({reason}); grant what is missing."
    if state in _INCOMPLETE or _NO_SUCH.match(reason):
        return (
            f"The database lacks what belongs there ({reason}); restore it, or run the version that its tables are of."
        )
    return None


def refused() -> OrderChangedMeanwhileError:
    """Return the error of a batch that was not written, because not all of it could be."""
    return OrderChangedMeanwhileError(
        "Orders or messages of a batch were written by someone else meanwhile; read them again."
    )


def _away(error: Exception, cause: object) -> bool:
    if isinstance(error, _AWAY) or (isinstance(error, exc.DBAPIError) and error.connection_invalidated):
        return True
    if isinstance(cause, sqlite3.Error):
        return _code(cause) & 0xFF in _SQLITE_AWAY
    return _is_postgresql(cause) and (_connection_failed(cause) or cause.sqlstate == _READ_ONLY)


def _connection_failed(error: "psycopg.Error") -> bool:
    psycopg = sys.modules["psycopg"]
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def _lost_race(cause: object) -> bool:
    if _is_postgresql(cause):
        return (cause.sqlstate or "").startswith(_CONTENDED)
    return isinstance(cause, sqlite3.Error) and _code(cause) in _SQLITE_RACES


def _code(cause: sqlite3.Error) -> int:
    """Return SQLite's extended result code; the driver's own complaints have none."""
    return getattr(cause, "sqlite_errorcode", 0)


def _reason(cause: object) -> str:
    primary = cause.diag.message_primary if _is_postgresql(cause) else None
    first = (primary or str(cause) or type(cause).__name__).splitlines()[0]
    return first.rstrip(".")
