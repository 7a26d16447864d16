"""The ledger: the database of Crossdock, on SQLite or PostgreSQL, and its transactions."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from typing import Self

from sqlalchemy import Engine

from ledger.database import key_check, schema_version
from ledger.database.clock import DatabaseTime
from ledger.database.engine import checkpoint, open_engine
from ledger.database.incarnation import present_incarnation
from ledger.database.leadership import Leadership, SessionLeadership, SingleProcessLeadership
from ledger.database.place import place_of
from ledger.database.session import Session, connected
from ledger.documents import LedgerDocuments
from ledger.encryption.cipher import Cipher
from ledger.transaction import Transaction
from ledger.unit_of_work import UnitOfWork


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


class Ledger:
    """A database of Crossdock. Several threads may use it, each in transactions of its own."""

    def __init__(self, engine: Engine, cipher: Cipher, clock: Callable[[], datetime]) -> None:
        """Use `Ledger.open`."""
        self._engine = engine
        self._cipher = cipher
        self._clock = clock
        self.documents = LedgerDocuments(engine)

    @classmethod
    def open(
        cls,
        url: str,
        cipher: Cipher,
        clock: Callable[[], datetime] | None = None,
        *,
        allow_unencrypted: bool = False,
    ) -> Self:
        """Open the database at `sqlite:///FILE` or `postgresql://…`.

        Its time is *clock*'s, else PostgreSQL's own, and on SQLite the process's. Raises SettingsError for another URL
        and for a server that cannot be used: without TLS on another machine (unless *allow_unencrypted*), with another
        encoding than UTF-8, behind a pooler of transactions. Raises LedgerUnavailableError when it does not answer.
        """
        engine = open_engine(url, allow_unencrypted=allow_unencrypted)
        return cls(engine, cipher, clock or _clock_of(engine))

    def now(self) -> datetime:
        """Return the present instant, by the clock that all processes on this database share.

        Raises LedgerUnavailableError.
        """
        return self._clock()

    @property
    def key_ids(self) -> list[str]:
        """The ids of the vault's keys that were given, the first first."""
        return self._cipher.key_ids

    def public_key(self) -> dict[str, str]:
        """Return the public key of the vault, as a JWK."""
        return self._cipher.recipient.public_key()

    def migrate(self) -> None:
        """Migrate the tables to this version. Processes that do so at once wait for each other."""
        from ledger.database.migrate import migrate  # noqa: PLC0415 - alembic costs 0.1 s, and only this needs it

        with connected(self._engine) as connection:
            migrate(connection)

    def check_version(self) -> None:
        """Raise SchemaOutOfDateError unless the tables are those of this version."""
        with connected(self._engine) as connection:
            schema_version.check_version(connection)

    def check_writable(self) -> None:
        """Raise LedgerUnavailableError while the database only reads: on a standby, or during maintenance."""
        with connected(self._engine) as connection:
            schema_version.check_writable(connection)

    def place(self) -> str:
        """Return where the database is, in one line; a copy is elsewhere. Raises LedgerUnavailableError."""
        with connected(self._engine) as connection:
            return place_of(connection)

    def check_key(self) -> None:
        """Raise EncryptionKeyError when none of the cipher's keys decrypts the data."""
        with connected(self._engine) as connection:
            key_check.check_key(connection, self._cipher)

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """Open a transaction: committed at the end of the block, rolled back on any exception.

        Raises, within and at its end, LedgerUnavailableError or OrderChangedMeanwhileError, which are worth a retry,
        or LedgerError.
        """
        with self.begin_ahead() as work:
            yield work
        work.wait()

    @contextmanager
    def begin_ahead(self) -> Iterator[UnitOfWork]:
        """Open a transaction as `begin` does, but only send its commit: `UnitOfWork.wait` must be called."""
        session, work = self._open(read_only=False)
        try:
            yield work
            done = work.send()
        except BaseException:
            with session:  # which rolls back, and translates the error
                raise
        if done:
            work.wait()  # or the transaction would stay open, and lock its orders against the next batch

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Open a transaction for reading only; it locks nothing. Raises as `begin` does."""
        session, work = self._open(read_only=True)
        with session:
            yield work
            work.refuse_record()

    def overwrite_deleted(self) -> bool:
        """Remove deleted rows from SQLite's write-ahead log; False where other connections are still reading it.

        SQLite overwrites them in the database file itself. On PostgreSQL that is the administrator's part:
        docs/personal-data.md.
        """
        if self._engine.dialect.name != "sqlite":
            return True
        with connected(self._engine) as connection:
            return checkpoint(connection)

    def lead(self, name: str) -> AbstractContextManager[Leadership]:
        """Compete for the leadership of this name, among all processes on this database, until the block ends."""
        if self._engine.dialect.name == "sqlite":
            return closing(SingleProcessLeadership())
        return closing(SessionLeadership(self._engine, name))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _open(self, *, read_only: bool) -> tuple[Session, UnitOfWork]:
        now = self.now()
        session = Session(self._engine, read_only=read_only)
        incarnation = None if read_only else _incarnation_in(session, now)
        return session, UnitOfWork(Transaction(session.connection, self._cipher, now, incarnation), session)


def _incarnation_in(session: Session, now: datetime) -> str:
    try:
        return present_incarnation(session.connection, now)
    except BaseException:
        with session:  # which rolls back, and translates the error
            raise


def _clock_of(engine: Engine) -> Callable[[], datetime]:
    return utc_now if engine.dialect.name == "sqlite" else DatabaseTime(engine)
