"""Leadership: of all processes that want to do a job, one does."""

from hashlib import blake2b
from typing import Protocol

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError


class Leadership(Protocol):
    """A wish to lead; ask before each turn of work."""

    def held(self) -> bool:
        """Tell whether this process leads now, after trying to if it did not. Never raises for a lost database."""

    def close(self) -> None:
        """Let others lead."""


class SingleProcessLeadership:
    """On SQLite one process is all there is, so it leads."""

    def held(self) -> bool:
        """Tell that it leads."""
        return True

    def close(self) -> None:
        """Do nothing: there are no others."""


class SessionLeadership:
    """A session advisory lock of PostgreSQL on a connection of its own: it ends with the connection, never later."""

    def __init__(self, engine: Engine, name: str) -> None:
        """Ask for the lock at the first `held`."""
        self._engine = engine
        self._lock = _number(name)
        self._connection: Connection | None = None
        self._locked = False

    def held(self) -> bool:
        """Try to take the lock, or prove that the session which holds it is alive."""
        try:
            connection = self._connection or self._connect()
            question = select(1) if self._locked else select(func.pg_try_advisory_lock(self._lock))
            self._locked = bool(connection.execute(question).scalar())
        except SQLAlchemyError:
            self.close()
        return self._locked

    def close(self) -> None:
        """Close the connection, and with it give the lock up."""
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
