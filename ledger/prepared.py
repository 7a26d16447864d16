"""Statements for PostgreSQL that are compiled to text once, take packed arrays, and go straight to psycopg.

SQLAlchemy's own way to execute a statement costs more than the database takes to answer; the connection and its
transaction are still SQLAlchemy's. What comes back is what psycopg makes of it: instants are in UTC because the session
is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import ClauseElement, Connection
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.types import TypeEngine

from ledger.arrays import Array, array_of

_POSTGRESQL = psycopg_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement's text, its parameters that are arrays, in order, and those that never change."""

    text: bytes
    arrays: tuple[tuple[str, type[Array]], ...]
    constants: Mapping[str, object]

    @classmethod
    def of(cls, statement: ClauseElement, arrays: Mapping[str, TypeEngine[Any]]) -> Self:
        """Compile a statement. *arrays* names its array parameters, each with the type of its elements."""
        compiled = statement.compile(dialect=_POSTGRESQL)
        constants = {name: value for name, value in compiled.params.items() if name not in arrays}
        return cls(str(compiled).encode(), tuple((name, array_of(kind)) for name, kind in arrays.items()), constants)

    def run(self, connection: Connection, columns: Sequence[Sequence[object]], **values: object) -> Sequence[Any]:
        """Execute it with a column of values for each array, all of one length, and other values by name.

        Returns the rows, with the columns as attributes; none where it returns none. Raises psycopg's errors.
        """
        arrays = {name: array(column) for (name, array), column in zip(self.arrays, columns, strict=True)}
        driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        with driver.cursor(row_factory=namedtuple_row) as cursor:
            cursor.execute(self.text, {**self.constants, **values, **arrays})
            return cursor.fetchall() if cursor.description else ()
