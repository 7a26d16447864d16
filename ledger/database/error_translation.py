"""Translation of the database's exceptions into ours, by the caller's possible reaction."""

import re
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeGuard

from sqlalchemy import exc

from ledger.database.sqlstates import DIVISION_BY_ZERO, TLS_STATE, Blame, advice_on, blame_of, may_be_too_large
from ledger.errors import LedgerError, LedgerUnavailableError, OrderChangedMeanwhileError, StatementRefusedError
from schemas.errors import CrossdockError

if TYPE_CHECKING:
    import psycopg

_LOST = "08000"
"""Stands for the SQLSTATE of an error that has none: psycopg's own, when a connection fails or is lost."""

_LOCK_TIMEOUT = "55P03"

_TRIGGER = "P0"
"""The class of errors that functions in the database raise themselves."""

_CONNECTION_STATES = (
    (re.compile('database ".*" does not exist'), "3D000"),
    (re.compile('password|role ".*" does not exist|pg_hba|not permitted to log in'), "28000"),
    (re.compile("too many (clients|connections)|connection slots"), "53300"),
    (re.compile("certificate|SSL error|private key"), TLS_STATE),
)
"""SQLSTATEs that stand for messages of failed connections, which have none; a server that answers in another language
counts as unreachable."""

_SQLITE_LOST_RACE = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)

_SQLITE_STATES = (
    (re.compile(r"no such (table|column)|table \S+ has no column"), "42P01"),
    (re.compile("readonly database"), "25006"),
    (re.compile("database or disk is full"), "53100"),
    (re.compile("malformed|not a database"), "XX001"),
)
"""SQLSTATEs that stand for messages of SQLite: its result code 1 covers every error in a statement."""


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise our errors instead of SQLAlchemy's and the drivers'; other exceptions pass unchanged."""
    try:
        yield
    except Exception as error:
        if not is_foreign(error):
            raise
        raise translate(error) from error


def is_foreign(error: BaseException) -> bool:
    """Return whether SQLAlchemy or a driver raised it."""
    return isinstance(error, exc.SQLAlchemyError | sqlite3.Error) or _is_postgresql(error)


def _is_postgresql(error: object) -> "TypeGuard[psycopg.Error]":
    """Return whether psycopg raised it. Where psycopg is not imported, which costs 0.1 s, no error is its."""
    psycopg = sys.modules.get("psycopg")
    return psycopg is not None and isinstance(error, psycopg.Error)


def translate(error: Exception) -> CrossdockError:
    """Return our error for theirs. Its sentence contains no value of a row."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    state, blame = _state_of(cause), _blame(error, cause)
    if blame is Blame.OTHER_TRANSACTION and state == DIVISION_BY_ZERO:
        return batch_conflict()
    if blame is Blame.OTHER_TRANSACTION:
        return OrderChangedMeanwhileError(f"Another process wrote the same rows first ({_reason(cause)}); try again.")
    if blame is Blame.EVENT:
        # The text after a colon may be the value that the database refuses.
        return LedgerError(f"The database refused a statement: {_reason(cause).partition(': ')[0]}.")
    kind = StatementRefusedError if may_be_too_large(state) else LedgerUnavailableError
    return kind(advice_on(state, _reason(cause)))


def unavailable(error: Exception) -> LedgerUnavailableError:
    """Return our error for theirs where no data is involved yet, such as when a connection is opened."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    return LedgerUnavailableError(advice_on(_state_of(cause), _reason(cause)))


def gives_up_connection(error: BaseException) -> bool:
    """Return whether the connection that raised it must not be used again: after all that is not of data or of races.

    None of these errors is known to leave a usable session: a failed-over server refuses writes for good, a changed
    table spoils prepared statements, a pooler loses them.
    """
    if isinstance(error, LedgerUnavailableError):
        return True
    if not isinstance(error, Exception) or not is_foreign(error):
        return False
    return _blame(error, error.orig if isinstance(error, exc.DBAPIError) else error) is Blame.SURROUNDINGS


def is_lock_timeout(error: exc.DBAPIError) -> bool:
    """Return whether PostgreSQL gave up waiting for a lock."""
    return _is_postgresql(error.orig) and error.orig.sqlstate == _LOCK_TIMEOUT


def batch_conflict() -> OrderChangedMeanwhileError:
    """Return the error of a batch that was not written because some of its rows were written by others."""
    return OrderChangedMeanwhileError(
        "Orders or messages of a batch were written by another process meanwhile; read them again."
    )


def _blame(error: Exception, cause: object) -> Blame:
    if _is_postgresql(cause):
        return _blame_of_postgresql(cause)
    if isinstance(cause, sqlite3.Error):
        return _blame_of_sqlite(cause)
    # The rest is SQLAlchemy's own: a lost connection, a full pool, or a value that it cannot convert.
    lost = (exc.TimeoutError, exc.DisconnectionError, exc.ResourceClosedError, exc.PendingRollbackError)
    is_lost = isinstance(error, lost) or (isinstance(error, exc.DBAPIError) and error.connection_invalidated)
    return Blame.SURROUNDINGS if is_lost else Blame.EVENT


def _blame_of_postgresql(cause: "psycopg.Error") -> Blame:
    if cause.sqlstate:
        return blame_of(cause.sqlstate)
    psycopg = sys.modules["psycopg"]
    # Without a SQLSTATE psycopg raised it itself: over a value, or over its connection.
    return Blame.EVENT if isinstance(cause, psycopg.DataError | psycopg.IntegrityError) else Blame.SURROUNDINGS


def _blame_of_sqlite(cause: sqlite3.Error) -> Blame:
    code: int = getattr(cause, "sqlite_errorcode", 0)  # the driver's own errors have none
    if code in _SQLITE_LOST_RACE:
        return Blame.OTHER_TRANSACTION
    if code == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
        return Blame.SURROUNDINGS
    of_data = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
    return Blame.EVENT if isinstance(cause, of_data) else Blame.SURROUNDINGS


def _state_of(cause: object) -> str:
    """Return the SQLSTATE of an error, or one that stands for it."""
    if _is_postgresql(cause):
        return cause.sqlstate or _by_message(_CONNECTION_STATES, cause)
    return _by_message(_SQLITE_STATES, cause)


def _by_message(states: Sequence[tuple[re.Pattern[str], str]], cause: object) -> str:
    return next((state for message, state in states if message.search(str(cause))), _LOST)


def _reason(cause: object) -> str:
    text = str(cause) or type(cause).__name__
    if _is_postgresql(cause):
        # The message of a trigger may contain the row; its context names the function.
        own = cause.diag.context if (cause.sqlstate or "").startswith(_TRIGGER) else cause.diag.message_primary
        text = own or text
    return text.splitlines()[0].rstrip(".")
