"""Statements for PostgreSQL that are compiled to text once, take packed arrays, and go straight to psycopg.

SQLAlchemy's own way to execute a statement costs more than the database takes to answer; the connection and its
transaction are still SQLAlchemy's. What comes back is what psycopg makes of it: instants are in UTC because the session
is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from psycopg import RawCursor
from psycopg.rows import namedtuple_row
from sqlalchemy import ClauseElement, Connection
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from ledger.arrays import Array, array_of

_POSTGRESQL = psycopg_dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
"""Writes parameters as PostgreSQL itself does, `$1`: psycopg then need not translate the statement each time."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement's text, its parameters in order, those of them that are arrays, and those that never change."""

    text: bytes
    parameters: Sequence[str]
    arrays: Sequence[tuple[str, type[Array]]]
    constants: Mapping[str, object]

    @classmethod
    def of(cls, statement: ClauseElement, arrays: Mapping[str, TypeEngine[Any]]) -> Self:
        """Compile a statement. *arrays* names its array parameters, each with the type of its elements."""
        compiled = statement.compile(dialect=_POSTGRESQL)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what a statement for data is compiled to
        constants = {name: value for name, value in compiled.params.items() if name not in arrays}
        typed = [(name, array_of(kind)) for name, kind in arrays.items()]
        return cls(str(compiled).encode(), compiled.positiontup or (), typed, constants)

    def run(self, connection: Connection, columns: Sequence[Sequence[object]], **values: object) -> Sequence[Any]:
        """Execute it with a column of values for each array, all of one length, and other values by name.

        Returns the rows, with the columns as attributes; none where it returns none. Raises psycopg's errors.
        """
        given = {**self.constants, **values}
        for (name, array), column in zip(self.arrays, columns, strict=True):
            given[name] = array(column)
        driver: Any = connection.connection.driver_connection
        with RawCursor(driver, row_factory=namedtuple_row) as cursor:
            cursor.execute(self.text, [given[name] for name in self.parameters])
            # Not `description`, which makes an object of every column.
            return () if cursor.rownumber is None else cursor.fetchall()
