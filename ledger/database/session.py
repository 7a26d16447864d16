"""One transaction on a connection of the pool; the driver's errors are translated into ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from sqlalchemy import Connection, Engine

from ledger.database.engine import READ_ONLY, open_connection
from ledger.database.error_translation import gives_up_connection, translate_errors


class Session:
    """An open transaction. It ends with its `with` block: committed, or rolled back on any exception.

    The block may be in another function than the opening: a batch's transaction outlives the one that writes it.
    """

    def __init__(self, engine: Engine, *, read_only: bool) -> None:
        """Open a transaction on a free connection. Raises LedgerUnavailableError."""
        self._scope = transaction(engine, read_only=read_only)
        self.connection = self._scope.__enter__()

    def __enter__(self) -> Connection:
        """Return the connection."""
        return self.connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the transaction, and return the connection to the pool."""
        self._scope.__exit__(kind, error, trace)


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """Give a free connection of the pool, and translate errors. It is given up as by `transaction`."""
    with translate_errors(), open_connection(engine) as connection, _giving_up(engine, connection):
        yield connection


@contextmanager
def transaction(engine: Engine, *, read_only: bool = False) -> Iterator[Connection]:
    """Give a transaction, committed at the end or rolled back on any exception, and translate errors.

    After an error that is neither of data nor of a race its connection is closed instead of returned, and with it the
    whole pool: an event that broke one connection, such as a failover, has broken the others.
    """
    with connected(engine) as connection:
        if read_only:
            connection.execution_options(**{READ_ONLY: True, "postgresql_readonly": True})
        # Given up before it is rolled back: on a lost connection that fails too, and would hide the reason.
        with connection.begin(), _giving_up(engine, connection):
            yield connection


@contextmanager
def _giving_up(engine: Engine, connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        if gives_up_connection(error) and not connection.invalidated:
            connection.invalidate()
            engine.dispose()
        raise
