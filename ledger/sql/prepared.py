"""Statements for PostgreSQL that are compiled once, prepared once a connection, and take packed arrays.

They are executed by libpq, through psycopg's wrapper of it: SQLAlchemy and psycopg spend more time on a statement of
one row than the database does. Connection and transaction are still SQLAlchemy's. psycopg converts the results;
instants are in UTC because the session is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple, Self

import psycopg
from psycopg.pq import Format, TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import ClauseElement, Connection
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from ledger.errors import StatementTooLargeError
from ledger.sql.arrays import Packer, packer_of
from ledger.sql.pipeline import PendingReply, PreparedCall, execute, execute_async, prepare
from ledger.sql.result_reader import Reader, checked

_POSTGRESQL = psycopg_dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
"""Writes parameters as PostgreSQL itself does, `$1`."""

STATEMENT_LIMIT = 256 * 1024 * 1024
"""Bytes of a statement. PostgreSQL closes the connection at 1 GiB, as in an outage, and needs several times as much."""

_NUMBERS = count()
_READERS = "crossdock_readers"
"""Key in SQLAlchemy's `info` of a connection: result readers by name of the statements prepared on it."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A compiled statement: text, parameters in order, packers of array parameters, and values of constant ones."""

    text: bytes
    parameters: Sequence[str]
    packers: Mapping[str, Packer]
    constants: Mapping[str, bytes | None]
    name: bytes = field(default_factory=lambda: b"crossdock_%d" % next(_NUMBERS))

    @classmethod
    def of(cls, statement: ClauseElement, arrays: Mapping[str, TypeEngine[Any]]) -> Self:
        """Compile a statement. *arrays* names its array parameters, each with the type of its elements.

        Its text must name them before all other parameters, in this order.
        """
        compiled = statement.compile(dialect=_POSTGRESQL)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - the compiled form of a statement for data
        constants = {name: value for name, value in compiled.params.items() if name not in arrays}
        packers = {name: packer_of(kind) for name, kind in arrays.items()}
        parameters = compiled.positiontup or []
        assert parameters[: len(packers)] == list(packers)  # noqa: S101 - statements name their arrays first, in order
        return cls(str(compiled).encode(), parameters, packers, _texts(constants))

    def run(self, connection: Connection, columns: Sequence[Sequence[object]], **values: object) -> Sequence[Any]:
        """Execute the statement with a column of values for each array, all of one length, and other values by name.

        Returns the rows, with the columns as attributes; an empty sequence for a statement without rows. Raises
        psycopg's errors.
        """
        lent = _Lent.by(connection)
        reader = self._prepare(lent)
        return self.read(lent, reader, execute(lent.driver, self._call(columns, values), _to_begin(lent.driver)))

    def send_and_commit(self, connection: Connection, columns: Sequence[Sequence[object]]) -> "PendingRows":
        """Send the statement and the transaction's COMMIT in one round trip; return without waiting.

        The rows are those of `run`; after an error nothing is committed.
        """
        lent = _Lent.by(connection)
        reader = self._prepare(lent)
        reply = execute_async(lent.driver, self._call(columns, {}), _to_begin(lent.driver), commit=True)
        return PendingRows(self, lent, reader, reply)

    def read(self, lent: "_Lent", reader: Reader, result: PGresult) -> Sequence[Any]:
        """Return the rows of a result of this statement. Raises as `run` does."""
        return reader.rows(checked(lent.driver, result))

    def _call(self, columns: Sequence[Sequence[object]], values: Mapping[str, object]) -> PreparedCall:
        return PreparedCall(self.name, self._packed(columns, values), self._formats)

    def _packed(self, columns: Sequence[Sequence[object]], values: Mapping[str, object]) -> list[bytes | None]:
        packed: list[bytes] = [pack(column) for pack, column in zip(self.packers.values(), columns, strict=True)]
        size = sum(map(len, packed))
        if size > STATEMENT_LIMIT:
            raise StatementTooLargeError(f"A statement has {size:,} bytes; at most {STATEMENT_LIMIT:,} are sent.")
        scalars = {**self.constants, **_texts(values)}
        return [*packed, *(scalars[name] for name in self.parameters[len(packed) :])]

    @cached_property
    def _formats(self) -> Sequence[Format]:
        return [Format.BINARY if name in self.packers else Format.TEXT for name in self.parameters]

    def _prepare(self, lent: "_Lent") -> Reader:
        readers: dict[bytes, Reader] = lent.info.setdefault(_READERS, {})
        if self.name not in readers:
            checked(lent.driver, prepare(lent.driver, self.name, self.text))
            readers[self.name] = Reader(lent.driver)
        return readers[self.name]


class _Lent(NamedTuple):
    """psycopg's connection while SQLAlchemy's pool lends it, and SQLAlchemy's `info`, which lives as long."""

    driver: psycopg.Connection[Any]
    info: dict[Any, Any]

    @classmethod
    def by(cls, connection: Connection) -> Self:
        pooled = connection.connection
        driver: Any = pooled.driver_connection
        return cls(driver, pooled.info)


class PendingRows(NamedTuple):
    """The rows of a statement that was sent with its transaction's COMMIT."""

    prepared: Prepared
    lent: _Lent
    reader: Reader
    reply: PendingReply

    def result(self) -> Sequence[Any]:
        """Wait until the transaction is committed, and return the rows. Raises as `Prepared.run` does."""
        return self.prepared.read(self.lent, self.reader, self.reply.result())


def _texts(values: Mapping[str, object]) -> dict[str, bytes | None]:
    """Return values as PostgreSQL reads them; None is NULL."""
    return {name: None if value is None else str(value).encode() for name, value in values.items()}


def _to_begin(driver: psycopg.Connection[Any]) -> bytes | None:
    """Return the BEGIN to send with the transaction's first statement, as psycopg does, or None within one."""
    if driver.autocommit or driver.pgconn.transaction_status != TransactionStatus.IDLE:
        return None
    return b"BEGIN READ ONLY" if driver.read_only else b"BEGIN"
