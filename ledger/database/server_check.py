"""Checks of a PostgreSQL server at the first connection, for faults that would be silent or meet every batch."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.errors import ProtocolViolation

from ledger.database.schema_version import FORMER_VERSION_TABLE, VERSION_TABLE
from ledger.errors import LedgerUnavailableError
from schemas.errors import SettingsError

_FACTS = """
SELECT current_database() AS database, current_setting('server_encoding') AS encoding, pg_backend_pid() AS pid,
  current_schema() AS schema, current_setting('search_path') AS search_path,
  (SELECT source FROM pg_settings WHERE name = 'search_path') AS chosen_by,
  current_schemas(false)::text[] AS path,
  ARRAY(SELECT nspname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE relname = ANY (%s) AND relkind = 'r' ORDER BY relname DESC) AS migrated
"""
_PID = "SELECT pg_backend_pid()"

_POOLER = (
    "A pooler between Crossdock and PostgreSQL pools by transaction; Crossdock needs sessions of its own, for prepared"
    " statements and locks: have it pool by session (in PgBouncer pool_mode = session), or name PostgreSQL itself in"
    " CROSSDOCK_DATABASE_URL."
)

_DELIBERATE = ("client", "user", "database user")
"""Sources of a `search_path` that is meant for us: the URL, our role. One for a whole database may be for others."""


class _Facts(NamedTuple):
    database: str
    encoding: str
    pid: int
    schema: str | None
    search_path: str
    chosen_by: str
    path: Sequence[str]
    migrated: Sequence[str]


def check_server(connection: Connection[Any], connect: Callable[[], Connection[Any]]) -> str:
    """Return the schema of our tables, or the one to make them in.

    Raises SettingsError for a database with another encoding than UTF-8 and for a pooler that pools by transaction,
    LedgerUnavailableError for a missing schema. *connect* makes another connection.
    """
    try:
        facts = _facts(connection)
    except ProtocolViolation as error:
        if "statement pooling mode" in str(error):
            raise SettingsError(_POOLER) from None
        raise
    _check_encoding(facts)
    if facts.pid != connection.info.backend_pid:
        _check_pooler(connection, connect)
    return _schema(facts)


def _facts(connection: Connection[Any]) -> _Facts:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '60s'")  # an inherited one may be too short
        facts = _Facts(*cursor.execute(_FACTS, ([VERSION_TABLE, FORMER_VERSION_TABLE],)).fetchone() or ())
    connection.commit()
    return facts


def _check_encoding(facts: _Facts) -> None:
    if facts.encoding != "UTF8":
        raise SettingsError(
            f"The database {facts.database} is encoded in {facts.encoding}, where names of many countries cannot be"
            " stored; create another, and name it in CROSSDOCK_DATABASE_URL: CREATE DATABASE crossdock_utf8"
            " TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        )


def _check_pooler(connection: Connection[Any], connect: Callable[[], Connection[Any]]) -> None:
    """Refuse a pooler that gives two transactions of one connection two sessions, or one session two connections."""
    sessions = {_session(connection), _session(connection)}
    with closing(connect()) as other:
        is_shared = _session(other, keep=True) in sessions or _session(connection) not in sessions
    if len(sessions) > 1 or is_shared:
        raise SettingsError(_POOLER)


def _session(connection: Connection[Any], *, keep: bool = False) -> int:
    """Return the server's process of a connection; with *keep* its transaction is left open."""
    row = connection.execute(_PID).fetchone()
    if not keep:
        connection.commit()
    return int(row[0]) if row else 0


def _schema(facts: _Facts) -> str:
    places = [*facts.path] if facts.chosen_by in _DELIBERATE else [*facts.path, "public"]
    schema = next((place for place in places if place in facts.migrated), facts.schema)
    if schema is None:
        raise LedgerUnavailableError(
            f"The database {facts.database} has no schema of its search_path ({facts.search_path}); create it with"
            " CREATE SCHEMA, or correct the search_path."
        )
    return schema
