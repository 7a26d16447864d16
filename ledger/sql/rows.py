"""Many rows in one statement: write them, find them by key, change or remove them.

PostgreSQL takes an array a column, SQLite takes rows one by one within a statement.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ClauseElement, Connection, Row

from ledger.database.error_translation import refused
from ledger.sql import statements
from ledger.sql.statements import GIVEN, KeySelect, KeyUpdate, Names, Upsert

if TYPE_CHECKING:
    from ledger.sql.prepared import Prepared

Values = Mapping[str, object]
Columns = Mapping[str, Sequence[object]]
"""Values by column, all of one length."""
Part = tuple[Upsert, Columns]
_Subject = Upsert | KeySelect | KeyUpdate
_Build = Callable[[str, Any, Names], ClauseElement]

_MOST_KEYS = 500
"""Keys in one statement on SQLite, which allows 32,766 parameters and reads a long list no faster than several."""


def write_rows(connection: Connection, write: Upsert, rows: Sequence[Values]) -> Sequence[Row[Any]]:
    """Insert rows as *write* says; all rows name the same columns. Returns nothing unless `returning` is set.

    Rows that were left alone are not returned: this, and never a row count, tells what was new.
    """
    if not rows:
        return ()
    return _run(connection, statements.insert, write, rows)


class Sent(NamedTuple):
    """What was sent last in a transaction: `wait` waits for it, `commits` tells whether the commit travels with it."""

    wait: Callable[[], int]
    commits: bool


NOTHING_SENT = Sent(lambda: 0, commits=False)


def send_all(connection: Connection, parts: Sequence[Part]) -> Sent:
    """Insert rows into several tables as `write_rows` does, as the last of a transaction; each must return something.

    On PostgreSQL that is one statement, which travels with the commit and is not waited for; on SQLite it is done at
    once, and committed at the transaction's end. Waiting for it returns how many of the rows are remarked; SQLite,
    where a further question costs no round trip, remarks on all of a table's. Either raises OrderChangedMeanwhileError
    unless every row was written.
    """
    told = [(write, columns) for write, columns in parts if _length(columns)]
    if not told:
        return NOTHING_SENT
    if connection.dialect.name != "postgresql":
        remarked = sum(_write_all(connection, write, rows_of(columns)) for write, columns in told)
        return Sent(lambda: remarked, commits=False)
    prepared = _prepared_all(tuple((write, tuple(columns)) for write, columns in told))
    wait = prepared.send_and_commit(connection, [one for _, columns in told for one in columns.values()])
    return Sent(lambda: wait()[0][0], commits=True)


def _write_all(connection: Connection, write: Upsert, rows: Sequence[Values]) -> int:
    if len(write_rows(connection, write, rows)) < len(rows):
        raise refused()
    return len(rows) if write.count_where else 0


def _length(columns: Columns) -> int:
    return len(next(iter(columns.values())))


def rows_of(columns: Columns) -> list[Values]:
    """Return the same values row by row."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def fetch_by_keys(connection: Connection, lookup: KeySelect, keys: Sequence[tuple[Any, ...]]) -> Sequence[Row[Any]]:
    """Return the rows found by these keys. Give the keys sorted: rows are locked in their order."""
    if not keys:
        return ()
    if connection.dialect.name == "postgresql":
        prepared = _prepared(statements.find, lookup, lookup.keys)
        return prepared.run(connection, list(zip(*keys, strict=True)))
    statement = _statement(statements.find, lookup, lookup.keys)
    rows: list[Row[Any]] = []
    for start in range(0, len(keys), _MOST_KEYS):
        chunk = [key if len(key) > 1 else key[0] for key in keys[start : start + _MOST_KEYS]]
        rows += connection.execute(statement, {"given": chunk}).all()
    return rows


def update_rows(connection: Connection, change: KeyUpdate, rows: Sequence[Values]) -> None:
    """Change each row found by the key columns to the other values given with them."""
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
        statements.prefix_of_part(place) + name: write.table.c[name].type
        for place, (write, names) in enumerate(parts)
        for name in names
    }
    return Prepared.of(statements.insert_all(parts), arrays)


@cache
def _statement(build: _Build, subject: _Subject, names: Names) -> Any:
    return build("sqlite", subject, names)
