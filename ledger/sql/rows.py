"""Many rows in one statement: write, find by key, change, remove.

PostgreSQL takes an array a column, SQLite one parameter set a row.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ClauseElement, Connection, Row

from ledger.database.error_translation import batch_conflict
from ledger.sql import statements
from ledger.sql.statements import GIVEN, KeySelect, KeyUpdate, Names, Upsert

if TYPE_CHECKING:
    from ledger.sql.prepared import PendingRows, Prepared

SizedRow = TypeVar("SizedRow", bound=Any)
"""A row with the `size` of a message in bytes."""

Values = Mapping[str, object]
Columns = Mapping[str, Sequence[object]]
"""Values by column, all of one length."""
Part = tuple[Upsert, Columns]
_Subject = Upsert | KeySelect | KeyUpdate
_Build = Callable[[str, Any, Names], ClauseElement]

_KEY_LIMIT = 500
"""Keys in one statement on SQLite, which allows 32,766 parameters and reads a long list no faster than several."""


def write_rows(connection: Connection, write: Upsert, rows: Sequence[Values]) -> Sequence[Row[Any]]:
    """Insert rows as *write* defines; all rows name the same columns. Returns no rows unless `returning` is set.

    Rows that were left unchanged are not returned: count the returned rows, never the affected ones, to see the new.
    """
    if not rows:
        return ()
    return _run(connection, statements.insert, write, rows)


@dataclass(frozen=True, slots=True)
class LastWrite:
    """The last write of a transaction, which on PostgreSQL is committed with it and may still be on its way."""

    counted: int = 0
    pending: "PendingRows | None" = None

    @property
    def done(self) -> bool:
        """Whether the rows are written; if not, the commit travels with them."""
        return self.pending is None

    def result(self) -> int:
        """Wait for the write, and return how many of its rows `count_where` counts. Raises psycopg's errors."""
        return self.pending.result()[0][0] if self.pending else self.counted


def write_last(connection: Connection, parts: Sequence[Part]) -> LastWrite:
    """Insert rows into several tables as `write_rows` does, as the last write of a transaction.

    On PostgreSQL one statement, sent with the COMMIT; on SQLite written at once, and committed at the transaction's
    end. SQLite, where another query costs no round trip, counts all rows of a table that has `count_where`. Every part
    must have `returning`. This or `LastWrite.result` raises OrderChangedMeanwhileError unless every row was written.
    """
    parts = [(write, columns) for write, columns in parts if _length(columns)]
    if not parts:
        return LastWrite()
    if connection.dialect.name != "postgresql":
        return LastWrite(sum(_write_all(connection, write, rows_of(columns)) for write, columns in parts))
    prepared = _prepared_all(tuple((write, tuple(columns)) for write, columns in parts))
    arrays = [values for _, columns in parts for values in columns.values()]
    return LastWrite(pending=prepared.send_and_commit(connection, arrays))


def _write_all(connection: Connection, write: Upsert, rows: Sequence[Values]) -> int:
    if len(write_rows(connection, write, rows)) < len(rows):
        raise batch_conflict()
    return len(rows) if write.count_where else 0


def _length(columns: Columns) -> int:
    return len(next(iter(columns.values())))


def rows_of(columns: Columns) -> list[Values]:
    """Return the same values row by row."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def fetch_by_keys(connection: Connection, lookup: KeySelect, keys: Sequence[tuple[Any, ...]]) -> Sequence[Row[Any]]:
    """Return the rows with these keys. Pass the keys sorted: rows are locked in their order."""
    if not keys:
        return ()
    if connection.dialect.name == "postgresql":
        prepared = _prepared(statements.find, lookup, lookup.keys)
        return prepared.run(connection, list(zip(*keys, strict=True)))
    statement = _statement(statements.find, lookup, lookup.keys)
    rows: list[Row[Any]] = []
    for start in range(0, len(keys), _KEY_LIMIT):
        chunk = [key if len(key) > 1 else key[0] for key in keys[start : start + _KEY_LIMIT]]
        rows += connection.execute(statement, {"given": chunk}).all()
    return rows


CHUNK_BYTES = 4 * 1024 * 1024
"""Bytes of stored messages that are read together: a thousand of a mebibyte would fill a process's memory."""


def chunks(rows: Sequence[SizedRow]) -> Iterator[list[SizedRow]]:
    """Yield the rows, in parts whose `size` is together at most `CHUNK_BYTES`; each has at least one row."""
    chunk: list[SizedRow] = []
    total = 0
    for row in rows:
        total += row.size
        if chunk and total > CHUNK_BYTES:
            yield chunk
            chunk, total = [], row.size
        chunk.append(row)
    if chunk:
        yield chunk


def update_rows(connection: Connection, change: KeyUpdate, rows: Sequence[Values]) -> None:
    """Set the other columns of each row that has the key columns' values."""
    if rows:
        _run(connection, statements.change_rows, change, rows, prefix=GIVEN)


def delete_rows(connection: Connection, change: KeyUpdate, keys: Sequence[tuple[Any, ...]]) -> None:
    """Remove the rows with these keys."""
    if keys:
        rows = [dict(zip(change.keys, key, strict=True)) for key in keys]
        _run(connection, statements.remove_rows, change, rows, prefix=GIVEN)


def _run(
    connection: Connection, build: _Build, subject: _Subject, rows: Sequence[Values], prefix: str = ""
) -> Sequence[Row[Any]]:
    names = tuple(rows[0])
    if connection.dialect.name == "postgresql":
        return _prepared(build, subject, names).run(connection, [[row[name] for row in rows] for name in names])
    parameters = [{prefix + name: row[name] for name in names} for row in rows]
    result = connection.execute(_statement(build, subject, names), parameters)
    return result.all() if result.returns_rows else ()


@cache
def _prepared(build: _Build, subject: _Subject, names: Names) -> "Prepared":
    from ledger.sql.prepared import Prepared  # noqa: PLC0415 - SQLite needs no psycopg, whose import costs 0.1 s

    arrays = {GIVEN + name: subject.table.c[name].type for name in names}
    return Prepared.of(build("postgresql", subject, names), arrays)


@cache
def _prepared_all(parts: tuple[tuple[Upsert, Names], ...]) -> "Prepared":
    from ledger.sql.prepared import Prepared  # noqa: PLC0415 - as above

    arrays = {
        statements.prefix_of_part(index) + name: write.table.c[name].type
        for index, (write, names) in enumerate(parts)
        for name in names
    }
    return Prepared.of(statements.insert_all(parts), arrays)


@cache
def _statement(build: _Build, subject: _Subject, names: Names) -> Any:
    return build("sqlite", subject, names)
