"""Statements for PostgreSQL that are compiled to text once, and take packed arrays.

SQLAlchemy's own way to execute compiled statements costs more than the database takes to answer. What comes back is
what psycopg makes of it: instants are in UTC because the session is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ClauseElement, Connection, CursorResult
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.types import TypeEngine

from ledger.arrays import Array, array_of

_POSTGRESQL = psycopg_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement's text, its parameters that are arrays, in order, and those that never change."""

    text: str
    arrays: tuple[tuple[str, type[Array]], ...]
    constants: Mapping[str, object]

    @classmethod
    def of(cls, statement: ClauseElement, arrays: Mapping[str, TypeEngine[Any]]) -> Self:
        """Compile a statement. *arrays* names its array parameters, each with the type of its elements."""
        compiled = statement.compile(dialect=_POSTGRESQL)
        constants = {name: value for name, value in compiled.params.items() if name not in arrays}
        return cls(str(compiled), tuple((name, array_of(kind)) for name, kind in arrays.items()), constants)

    def run(self, connection: Connection, columns: Sequence[Sequence[object]], **values: object) -> CursorResult[Any]:
        """Execute it with a column of values for each array, all of one length, and other values by name."""
        arrays = {name: array(column) for (name, array), column in zip(self.arrays, columns, strict=True)}
        return connection.exec_driver_sql(self.text, {**self.constants, **values, **arrays})
