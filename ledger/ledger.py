"""The ledger: everything that is remembered, on SQLite or PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from datetime import UTC, datetime
from typing import Self

from sqlalchemy import Connection, Engine

from ledger.database import key_check, schema_version
from ledger.database.clock import DatabaseTime
from ledger.database.engine import READ_ONLY, open_engine
from ledger.database.error_translation import translate_errors
from ledger.database.leadership import Leadership, SessionLeadership, SingleProcessLeadership
from ledger.documents import LedgerDocuments
from ledger.encryption.cipher import Cipher
from ledger.transaction import Transaction
from ledger.unit_of_work import UnitOfWork


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


class Ledger:
    """A database of Crossdock. Safe to be used by several threads, each in transactions of its own."""

    def __init__(self, engine: Engine, cipher: Cipher, clock: Callable[[], datetime]) -> None:
        """Use `Ledger.open`."""
        self._engine = engine
        self._cipher = cipher
        self._clock = clock
        self.documents = LedgerDocuments(engine)

    @classmethod
    def open(cls, url: str, cipher: Cipher, clock: Callable[[], datetime] | None = None) -> Self:
        """Open the database at `sqlite:///FILE` or `postgresql://…`.

        It goes by *clock*, else by PostgreSQL's own time; SQLite has none but the process's. Raises SettingsError for
        another URL, LedgerUnavailableError when the database does not answer.
        """
        engine = open_engine(url)
        return cls(engine, cipher, clock or _clock_of(engine))

    def now(self) -> datetime:
        """Return the present instant, by the clock that all processes on this database go by.

        Raises LedgerUnavailableError.
        """
        return self._clock()

    def migrate(self) -> None:
        """Bring the tables to this version. Processes that do so at once wait for each other."""
        from ledger.database.migrate import migrate  # noqa: PLC0415 - alembic costs 0.1 s, and only this needs it

        with translate_errors(), self._engine.begin() as connection:
            migrate(connection)

    def check_version(self) -> None:
        """Raise SchemaOutOfDateError unless the tables are those of this version."""
        with translate_errors(), self._engine.connect() as connection:
            schema_version.check_version(connection)

    def check_key(self) -> None:
        """Raise EncryptionKeyError when what is sealed here is sealed with none of the cipher's keys."""
        with translate_errors(), self._engine.connect() as connection:
            key_check.check_key(connection, self._cipher)

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """Open a transaction: written at the end, rolled back on any exception.

        Raises, within and at its end, LedgerUnavailableError or OrderChangedMeanwhileError, which pass, or LedgerError.
        """
        with self.begin_ahead() as work:
            yield work
        work.wait()

    @contextmanager
    def begin_ahead(self) -> Iterator[UnitOfWork]:
        """Open a transaction as `begin` does, whose end is not waited for: `Work.wait` does, and must be called."""
        with ExitStack() as ending:
            work = self._open(ending, read_only=False)
            yield work
            commits = work.send()
            work.end_by(ending.pop_all())
        if not commits:
            work.wait()  # or it would stay open, and hold its locks against whoever is begun next

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Open a transaction for reading only; it locks nothing. Raises as `begin` does."""
        with ExitStack() as ending:
            work = self._open(ending, read_only=True)
            yield work
            work.refuse_record()

    def lead(self, name: str) -> AbstractContextManager[Leadership]:
        """Want to lead in one matter, among all processes on this database, until the block ends."""
        if self._engine.dialect.name == "sqlite":
            return closing(SingleProcessLeadership())
        return closing(SessionLeadership(self._engine, name))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _open(self, ending: ExitStack, *, read_only: bool) -> UnitOfWork:
        now = self.now()
        ending.enter_context(translate_errors())
        connection = ending.enter_context(self._engine.connect())
        ending.enter_context(_begun(connection, read_only=read_only))
        return UnitOfWork(Transaction(connection, self._cipher, now))


def _begun(connection: Connection, *, read_only: bool) -> AbstractContextManager[object]:
    if read_only:
        connection = connection.execution_options(**{READ_ONLY: True, "postgresql_readonly": True})
    return connection.begin()


def _clock_of(engine: Engine) -> Callable[[], datetime]:
    return utc_now if engine.dialect.name == "sqlite" else DatabaseTime(engine)
