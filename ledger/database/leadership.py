"""Leadership: of all processes that could do a job, one does."""

from hashlib import blake2b
from typing import Protocol

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError


class Leadership(Protocol):
    """A candidacy for leadership; check `held` before each turn of work."""

    def held(self) -> bool:
        """Return whether this process leads now; try to, if it did not. Never raises for a lost database."""

    def close(self) -> None:
        """End the leadership, so that another process can lead."""


class SingleProcessLeadership:
    """Leadership on SQLite, which one process uses: it always leads."""

    def held(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Do nothing: there is no other process."""


class SessionLeadership:
    """A session advisory lock of PostgreSQL on a connection of its own: released with the connection, never later."""

    def __init__(self, engine: Engine, name: str) -> None:
        """Take the lock at the first `held`."""
        self._engine = engine
        self._lock = _number(name)
        self._connection: Connection | None = None
        self._locked = False

    def held(self) -> bool:
        """Try to take the lock, or prove that the session that holds it is alive."""
        try:
            connection = self._connection or self._connect()
            query = select(1) if self._locked else select(func.pg_try_advisory_lock(self._lock))
            self._locked = bool(connection.execute(query).scalar())
        except SQLAlchemyError:
            self.close()
        return self._locked

    def close(self) -> None:
        """Close the connection, which releases the lock."""
        connection, self._connection, self._locked = self._connection, None, False
        if connection is not None:
            connection.close()

    def _connect(self) -> Connection:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        self._connection = connection
        return connection


def _number(name: str) -> int:
    return int.from_bytes(blake2b(f"crossdock/lead/{name}".encode(), digest_size=8).digest(), signed=True)
