"""SQLSTATEs: the meaning of each error of PostgreSQL for the event that met it, and a person's remedy.

One rule decides: only classes 22 and 23, data that cannot be stored, may be the event's. Everything else is the
database's or its surroundings': the event waits, on a new connection, because none of these errors is known to leave
the old one usable. Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from enum import Enum
from typing import TypeVar

_Value = TypeVar("_Value")

DIVISION_BY_ZERO = "22012"
"""The SQLSTATE by which `statements.insert_all` fails when not every row was written."""


READ_ONLY_STATE = "25006"

TLS_STATE = "TLS"
"""Stands for the SQLSTATE of a connection that could not be encrypted, which has none."""


class Blame(Enum):
    """The party that has to act after an error."""

    OTHER_TRANSACTION = "another transaction was first: repeat this one at once, on the same connection"
    EVENT = "the database refuses the data itself: a repetition fails again"
    SURROUNDINGS = "nobody's data: wait, and repeat on a new connection"


_BLAME = {
    "22": Blame.EVENT,
    "23": Blame.EVENT,
    "23505": Blame.OTHER_TRANSACTION,  # unique violation: another process inserted the same row
    "40": Blame.OTHER_TRANSACTION,  # deadlock, serialization failure
    "55P03": Blame.OTHER_TRANSACTION,  # lock not available
    DIVISION_BY_ZERO: Blame.OTHER_TRANSACTION,
}

_OF_STATEMENT = ("08P01", "53200", "54", "XX000")
"""Protocol violation, out of memory, a limit of the server, a failed allocation: the statement may be too large."""

_LATER = "The database cannot be used right now ({reason}); try again later."
_NAMED = "The database refused a statement ({reason}); "

_ADVICE = {
    "": _NAMED + "see its log, and correct the object that it names.",
    "08": _LATER,
    "0A000": _NAMED + "its tables were changed while it ran; try again, on a new connection.",
    "25": _NAMED + "try again, in a new session.",
    READ_ONLY_STATE: "The database is read-only ({reason}); let its primary, or its administrator, allow writing.",
    "26": _NAMED + "try again, in a new session; if this lasts, have the pooler between pool by session.",
    "28": "The database refuses its user ({reason}); correct the account, or CROSSDOCK_DATABASE_URL.",
    "3D": "The database is missing ({reason}); create it, or correct CROSSDOCK_DATABASE_URL.",
    "3F": "The database is incomplete ({reason}); restore it, or run the version that its tables are of.",
    "42501": "The database user lacks a privilege ({reason}); grant it.",
    "42703": "The database is incomplete ({reason}); restore it, or run the version that its tables are of.",
    "42P01": "The database is incomplete ({reason}); restore it, or run the version that its tables are of.",
    "42P05": _NAMED + "try again, in a new session; if this lasts, have the pooler between pool by session.",
    "53": _LATER,
    "53100": "The database has no disk space left ({reason}); free some.",
    "53300": "The database has no connection left ({reason}); raise max_connections, or run fewer processes.",
    "55": _LATER,
    "57": _LATER,
    "57014": "The database canceled a statement ({reason}); if this lasts, see what slows it down.",
    "58": "The database's machine failed ({reason}); see its log.",
    "F0": "The database's configuration is wrong ({reason}); see its log.",
    "P0": "A trigger or function in the database refused a statement ({reason}); mend or remove it.",
    TLS_STATE: "The connection to the database cannot be encrypted ({reason}); correct sslmode and its files.",
    "XX": "The database failed internally ({reason}); see its log, its disk may be damaged.",
}


def blame_of(sqlstate: str) -> Blame:
    """Return who has to act after an error with this SQLSTATE."""
    return _nearest(_BLAME, sqlstate) or Blame.SURROUNDINGS


def may_be_too_large(sqlstate: str) -> bool:
    """Return whether fewer rows at once may succeed where this error came."""
    return sqlstate.startswith(_OF_STATEMENT)


def advice_on(sqlstate: str, reason: str) -> str:
    """Return a sentence about an error that no event causes: the error and its remedy."""
    return (_nearest(_ADVICE, sqlstate) or _ADVICE[""]).format(reason=reason)


def _nearest(table: dict[str, _Value], sqlstate: str) -> _Value | None:
    """Return the entry of the code, else of its class."""
    return table.get(sqlstate) or table.get(sqlstate[:2])
