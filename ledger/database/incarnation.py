"""Incarnations: the lives of a database. One that was restored has lost its work since the backup.

The ids of Crossdock's own events are derived from their causes and from the versions of orders. A restored database
comes to the same causes and versions again, while messages of its former life are still in the queues: with the same
ids they would be taken for repeats, and new requests with them. So each life gives other ids: see
`events.envelope.derived_id`.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, desc, insert, select, text

from ledger.tables.incarnations import incarnations

FIRST = ""
"""The id of the first incarnation of a database that began empty."""

_KNOWN = "crossdock_incarnation"

_TABLE = text(
    "SELECT to_regclass('inbox')::oid, pg_relation_filenode(to_regclass('inbox')),"
    " (SELECT bool_and(has_function_privilege(name, 'EXECUTE'))"
    " FROM unnest(ARRAY['pg_control_system()', 'pg_control_checkpoint()', 'pg_control_recovery()']) AS name)"
)
"""The number and the file of a table, and whether this role may read about the cluster."""

_CLUSTER = text(
    "SELECT s.system_identifier, greatest(c.timeline_id, r.min_recovery_end_timeline)"
    " FROM pg_control_system() s, pg_control_checkpoint() c, pg_control_recovery() r"
)
_ANY_ORDER = text("SELECT EXISTS (SELECT 1 FROM orders)")


def present_incarnation(connection: Connection, now: datetime) -> str:
    """Return the id of the database's incarnation, within the open transaction, which may begin another one.

    It is looked at once a connection: a restore ends all connections.
    """
    incarnation_id: str | None = connection.info.get(_KNOWN)
    if incarnation_id is not None:
        return incarnation_id
    fingerprint = fingerprint_of(connection)
    if not (newest := _newest(connection)) or not _describes(newest.fingerprint, fingerprint):
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE incarnations IN SHARE ROW EXCLUSIVE MODE"))
        newest = _newest(connection)
        if not newest or not _describes(newest.fingerprint, fingerprint):  # or another process was first
            # Not kept: the transaction may be rolled back.
            return _begin(connection, now, fingerprint, _new_id() if newest or _has_orders(connection) else FIRST)
    connection.info[_KNOWN] = newest.id
    return str(newest.id)


def begin_incarnation(connection: Connection, now: datetime) -> None:
    """Begin another incarnation, even if the fingerprint is the same."""
    _begin(connection, now, fingerprint_of(connection), _new_id())
    connection.info.pop(_KNOWN, None)


def fingerprint_of(connection: Connection) -> str:
    """Return the properties in which a restored database differs from the original.

    On PostgreSQL a dump that is read in has a table of another number, a cluster that was copied another identifier, a
    cluster that was recovered to a point in time, or a standby that was promoted, another timeline. It changes for
    other reasons, too (a table that was rewritten), which costs nothing but some requests that are made again. A
    volume that was set back to its snapshot looks as before. A role that may not read about the cluster sees the table
    alone. On SQLite, whose queues end with the process, it is empty.
    """
    if connection.dialect.name != "postgresql":
        return ""
    *parts, may_read = connection.execute(_TABLE).one()
    if may_read:
        parts += connection.execute(_CLUSTER).one()
    return "/".join(map(str, parts))


def _describes(recorded: str, seen: str) -> bool:
    """Whether a fingerprint is that of the same database, of which the role that found it may see less."""
    return f"{recorded}/".startswith(f"{seen}/")


def _has_orders(connection: Connection) -> bool:
    """Whether the database has orders of before incarnations were noted: it may be a backup of that time."""
    return bool(connection.execute(_ANY_ORDER).scalar_one())


def _new_id() -> str:
    return uuid4().hex[:12]


def _newest(connection: Connection) -> Row[Any] | None:
    return connection.execute(select(incarnations).order_by(desc(incarnations.c.number)).limit(1)).first()


def _begin(connection: Connection, now: datetime, fingerprint: str, new_id: str) -> str:
    connection.execute(insert(incarnations).values(id=new_id, fingerprint=fingerprint, since=now))
    return new_id
