"""Statements for PostgreSQL that are compiled once, prepared once a connection, and take packed arrays.

They go straight to libpq, by psycopg's wrapper of it: SQLAlchemy's and psycopg's own ways to execute a statement of one
row cost more than the database takes to answer. Connection and transaction are still theirs. What comes back is what
psycopg makes of it: instants are in UTC because the session is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple, Self

import psycopg
from psycopg.pq import DiagnosticField, Format, TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import ClauseElement, Connection
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from ledger.sql.arrays import Packer, packer_of
from ledger.sql.pipeline import PreparedCall, execute, execute_async
from ledger.sql.result_reader import Reader, checked

_POSTGRESQL = psycopg_dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
"""Writes parameters as PostgreSQL itself does, `$1`."""

_NUMBERS = count()
_READERS = "crossdock_readers"
"""In what SQLAlchemy keeps beside a connection: by name, the readers of the statements that are prepared on it."""

_FORGOTTEN = b"26000"
"""The SQLSTATE of a statement's name that the server does not know."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A statement's text, its parameters in order, what packs those that are arrays, and those that never change."""

    text: bytes
    parameters: Sequence[str]
    packers: Mapping[str, Packer]
    constants: Mapping[str, bytes]
    name: bytes = field(default_factory=lambda: b"crossdock_%d" % next(_NUMBERS))

    @classmethod
    def of(cls, statement: ClauseElement, arrays: Mapping[str, TypeEngine[Any]]) -> Self:
        """Compile a statement. *arrays* names its array parameters, each with the type of its elements.

        They must come before all other parameters in its text, in this order.
        """
        compiled = statement.compile(dialect=_POSTGRESQL)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what a statement for data is compiled to
        constants = {name: value for name, value in compiled.params.items() if name not in arrays}
        packers = {name: packer_of(kind) for name, kind in arrays.items()}
        parameters = compiled.positiontup or []
        assert parameters[: len(packers)] == list(packers)  # noqa: S101 - statements name their arrays first, in order
        return cls(str(compiled).encode(), parameters, packers, _texts(constants))

    def run(self, connection: Connection, columns: Sequence[Sequence[object]], **values: object) -> Sequence[Any]:
        """Execute it with a column of values for each array, all of one length, and other values by name.

        Returns the rows, with the columns as attributes; none where it returns none. Raises psycopg's errors: an
        OperationalError, too, when something between here and the server has let go of what was prepared.
        """
        lent = _Lent.by(connection)
        reader = self._prepare(lent)
        return self._read(lent, reader, execute(lent.driver, self._call(columns, values), _to_begin(lent.driver)))

    def send_and_commit(
        self, connection: Connection, columns: Sequence[Sequence[object]]
    ) -> Callable[[], Sequence[Any]]:
        """Have it executed, and the transaction committed, in one round trip, without waiting for it.

        The result waits: it returns and raises as `run` does; after an error nothing is committed.
        """
        lent = _Lent.by(connection)
        reader = self._prepare(lent)
        arrive = execute_async(lent.driver, self._call(columns, {}), _to_begin(lent.driver), commit=True)
        return lambda: self._read(lent, reader, arrive())

    def _call(self, columns: Sequence[Sequence[object]], values: Mapping[str, object]) -> PreparedCall:
        return PreparedCall(self.name, self._packed(columns, values), self._formats)

    def _read(self, lent: "_Lent", reader: Reader, result: PGresult) -> Sequence[Any]:
        if result.error_field(DiagnosticField.SQLSTATE) == _FORGOTTEN:
            lent.beside.pop(_READERS)
            raise psycopg.OperationalError("the server has forgotten a prepared statement")
        return reader.rows(checked(lent.driver, result))

    def _packed(self, columns: Sequence[Sequence[object]], values: Mapping[str, object]) -> list[bytes]:
        packed = [pack(column) for pack, column in zip(self.packers.values(), columns, strict=True)]
        others = {**self.constants, **_texts(values)}
        return packed + [others[name] for name in self.parameters[len(packed) :]]

    @cached_property
    def _formats(self) -> Sequence[Format]:
        return [Format.BINARY if name in self.packers else Format.TEXT for name in self.parameters]

    def _prepare(self, lent: "_Lent") -> Reader:
        readers: dict[bytes, Reader] = lent.beside.setdefault(_READERS, {})
        if self.name not in readers:
            checked(lent.driver, lent.driver.pgconn.prepare(self.name, self.text))
            readers[self.name] = Reader(lent.driver)
        return readers[self.name]


class _Lent(NamedTuple):
    """psycopg's connection while SQLAlchemy lends it, and what SQLAlchemy keeps beside it as long as it lives."""

    driver: psycopg.Connection[Any]
    beside: dict[Any, Any]

    @classmethod
    def by(cls, connection: Connection) -> Self:
        lent = connection.connection
        driver: Any = lent.driver_connection
        return cls(driver, lent.info)


def _texts(values: Mapping[str, object]) -> dict[str, bytes]:
    return {name: str(value).encode() for name, value in values.items()}


def _to_begin(driver: psycopg.Connection[Any]) -> bytes | None:
    """Return what begins the transaction; it goes with its first statement, as psycopg itself does it."""
    if driver.autocommit or driver.pgconn.transaction_status != TransactionStatus.IDLE:
        return None
    return b"BEGIN READ ONLY" if driver.read_only else b"BEGIN"
