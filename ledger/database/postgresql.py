"""The engine of PostgreSQL: how its connections are made, and how long they may keep a process waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from ledger.database.encryption_in_transit import require_encryption
from ledger.database.server_check import check_server
from ledger.database.session_settings import set_up_session
from schemas.errors import SettingsError

_Value = TypeVar("_Value")

ANSWER_TIMEOUT = 75.0
"""Seconds without an answer after which a connection counts as lost.

Above the server's own `statement_timeout`, far below the time limit of a process: a frozen server, whose machine still
acknowledges packets, must look like an outage to a consumer, and not like an event that hangs it.
"""

_CONNECT_ARGUMENTS = {
    "connect_timeout": 5,
    # With its own prepared statements, psycopg runs DEALLOCATE ALL on rollback, and drops those of `ledger.sql`.
    "prepare_threshold": None,
    "application_name": "crossdock",
    # psycopg returns bytes for texts of a database without an encoding, before that can be checked.
    "client_encoding": "UTF8",
    # A connection over which nothing arrives is closed after half a minute, not after hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}

_REFUSES_TLS = "server does not support SSL, but SSL was required"

_POOL_SIZE = 20
"""Connections kept open: each of the ten consumers of a process uses two while it is busy. A connection beyond these is
opened and closed each time, which costs as much as a batch."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server does not answer in time."""

    answer_timeout: float | None = ANSWER_TIMEOUT
    """Seconds for each answer; None for work that may take any time, such as a migration."""

    def wait(self, gen: PQGen[_Value], interval: float = 0.1, timeout: float | None = None) -> _Value:
        """Wait as psycopg does, at most for the time of an answer. Raises psycopg's OperationalError."""
        try:
            return super().wait(gen, interval, timeout or self.answer_timeout)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 - documented for `wait`, underscore or not
            if timeout is not None:
                raise
            self.pgconn.finish()  # at once: to roll back would wait as long again
            raise psycopg.OperationalError(
                f"the server has not answered for {self.answer_timeout:.0f} seconds"
            ) from None


def postgresql_engine(url: URL, *, allow_unencrypted: bool) -> Engine:
    """Return a pool of connections, which are made when they are needed.

    The first raises SettingsError for a server that Crossdock cannot use.
    """
    arguments = _CONNECT_ARGUMENTS | dict(url.query)
    # No ping before each use: it costs a round trip for each batch, and a transaction that fails on a broken connection
    # is retried anyway, on a new pool. No reset after each use either: every transaction is ended explicitly.
    engine = create_engine(
        url.set(query={}),
        connect_args=require_encryption(arguments, url.host, allow_unencrypted=allow_unencrypted),
        hide_parameters=True,
        pool_reset_on_return=None,
        pool_size=_POOL_SIZE,
    )
    event.listen(engine, "do_connect", _Connector())
    _close_those_of_former_pools(engine)
    return engine


def _close_those_of_former_pools(engine: Engine) -> None:
    """Close a connection that is returned after its pool was given up, which nobody would ever take it from again."""

    @event.listens_for(engine, "connect")
    def note_pool(_driver: object, record: ConnectionPoolEntry) -> None:
        record.info["pool"] = engine.pool

    @event.listens_for(engine, "checkin")
    def close_if_former(driver: object, record: ConnectionPoolEntry) -> None:
        if driver is not None and record.info["pool"] is not engine.pool:
            record.invalidate()


@contextmanager
def unbounded(connection: Connection, lock_timeout: float) -> Iterator[None]:
    """Let statements take any time while the block runs, but for waits for a lock: each at most these seconds.

    The session ends with the block, and with it the locks that it has.
    """
    driver: Any = connection.connection.driver_connection
    driver.answer_timeout = None
    try:
        with connection.begin():
            connection.exec_driver_sql(f"SET statement_timeout = 0; SET lock_timeout = {lock_timeout * 1000:.0f}")
        yield
    finally:
        connection.invalidate()  # its settings are nobody else's


class _Connector:
    """Makes connections, each with a session that is set up; checks the server at the first."""

    def __init__(self) -> None:
        self._schema: str | None = None

    def __call__(self, _dialect: object, _record: object, positional: Any, named: Any) -> BoundedConnection:
        connection = self._connect(positional, named)
        try:
            if self._schema is None:
                self._schema = check_server(connection, partial(BoundedConnection.connect, *positional, **named))
            set_up_session(connection, self._schema)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect(self, positional: Any, named: Any) -> BoundedConnection:
        try:
            return BoundedConnection.connect(*positional, **named)
        except psycopg.OperationalError as error:
            if self._schema is None and _REFUSES_TLS in str(error):
                raise SettingsError(
                    f"PostgreSQL at {named.get('host')} offers no encryption; set ssl = on there, or"
                    " CROSSDOCK_ALLOW_UNENCRYPTED=true where nobody else can reach the network between."
                ) from None
            raise
