"""Many rows in one statement, on both databases.

PostgreSQL takes one array a column (`unnest`), so that a statement is compiled and planned once whatever the number of
rows; SQLite takes rows one by one within a statement. Statements are built once and kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    FromClause,
    Row,
    Select,
    Table,
    TableValuedAlias,
    Update,
    bindparam,
    column,
    delete,
    func,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection

Names = tuple[str, ...]
Values = Mapping[str, object]
Condition = ColumnElement[bool]
Excluded = ReadOnlyColumnCollection[str, Any]

_MOST_KEYS = 500
"""Keys in one statement on SQLite, which allows 32,766 parameters and reads a long list no faster than several."""


@dataclass(frozen=True, eq=False)
class Write:
    """How rows go into a table.

    Without `change`, rows that are there already are left alone. With it, they are changed to what `change` says of
    the row that came, where `only_if` holds. `returning` names what to return of each row written.
    """

    table: Table
    keys: Names = ()
    change: Callable[[Excluded], Mapping[str, Any]] | None = None
    only_if: Callable[[Excluded], Condition] | None = None
    returning: Names = ()


@dataclass(frozen=True, eq=False)
class Lookup:
    """How rows are found by keys: the columns to return, what else must hold, and whether to lock them in key order."""

    table: Table
    keys: Names
    columns: Names
    where: Condition | None = None
    lock: bool = False


@dataclass(frozen=True, eq=False)
class Change:
    """How rows are changed or removed by keys, where `where` holds."""

    table: Table
    keys: Names
    where: Condition | None = None


def write_rows(connection: Connection, write: Write, rows: Sequence[Values]) -> Sequence[Row[Any]]:
    """Insert rows as *write* says; all rows name the same columns. Returns nothing unless `returning` is set.

    Rows that were left alone are not returned: this, and never a row count, tells what was new.
    """
    if not rows:
        return ()
    names = tuple(rows[0])
    statement = _insert(connection.dialect.name, write, names)
    result = connection.execute(statement, _parameters(connection, names, rows))
    return result.all() if write.returning else ()


def fetch_by_keys(connection: Connection, lookup: Lookup, keys: Sequence[tuple[Any, ...]]) -> Sequence[Row[Any]]:
    """Return the rows found by these keys. Give the keys sorted: rows are locked in their order."""
    if not keys:
        return ()
    if connection.dialect.name == "postgresql":
        return connection.execute(_lateral(lookup), _arrays(lookup.keys, keys)).all()
    rows: list[Row[Any]] = []
    for start in range(0, len(keys), _MOST_KEYS):
        chunk = [key if len(key) > 1 else key[0] for key in keys[start : start + _MOST_KEYS]]
        rows += connection.execute(_in_list(lookup), {"given": chunk}).all()
    return rows


def update_rows(connection: Connection, change: Change, rows: Sequence[Values]) -> None:
    """Change each row found by the key columns to the other values given with them."""
    if rows:
        names = tuple(rows[0])
        statement = _update(connection.dialect.name, change, names)
        connection.execute(statement, _parameters(connection, names, rows, prefix="g_"))


def delete_rows(connection: Connection, change: Change, keys: Sequence[tuple[Any, ...]]) -> None:
    """Remove the rows with these keys."""
    if keys:
        rows = [dict(zip(change.keys, key, strict=True)) for key in keys]
        statement = _delete(connection.dialect.name, change)
        connection.execute(statement, _parameters(connection, change.keys, rows, prefix="g_"))


def _parameters(
    connection: Connection, names: Names, rows: Sequence[Values], prefix: str = ""
) -> Sequence[Values] | Values:
    if connection.dialect.name == "postgresql":
        return {f"g_{name}": [row[name] for row in rows] for name in names}
    return [{prefix + name: row[name] for name in names} for row in rows]


def _arrays(names: Names, keys: Sequence[tuple[Any, ...]]) -> Values:
    return {f"g_{name}": list(values) for name, values in zip(names, zip(*keys, strict=True), strict=True)}


def _unnest(table: Table, names: Names) -> TableValuedAlias:
    arrays = [bindparam(f"g_{name}", type_=postgresql.ARRAY(table.c[name].type, dimensions=1)) for name in names]
    columns = [column(name, table.c[name].type) for name in names]
    return func.unnest(*arrays).table_valued(*columns, name="given").render_derived()


@cache
def _insert(dialect: str, write: Write, names: Names) -> Any:
    if dialect == "postgresql":
        given = _unnest(write.table, names)
        return _on_conflict(
            postgresql.insert(write.table).from_select(names, select(*(given.c[name] for name in names))), write
        )
    return _on_conflict(sqlite.insert(write.table), write)


def _on_conflict(insert: postgresql.Insert | sqlite.Insert, write: Write) -> Any:
    if write.change is None:
        statement = insert.on_conflict_do_nothing()
    else:
        statement = insert.on_conflict_do_update(
            index_elements=list(write.keys),
            set_=write.change(insert.excluded),
            where=write.only_if(insert.excluded) if write.only_if else None,
        )
    return statement.returning(*(write.table.c[name] for name in write.returning)) if write.returning else statement


@cache
def _lateral(lookup: Lookup) -> Select[Any]:
    """One index look-up a key, in the keys' order: OFFSET keeps the planner from making another join of it."""
    given = _unnest(lookup.table, lookup.keys)
    found = _wanted(lookup).where(*_same(lookup.table, given, lookup.keys)).offset(0)
    if lookup.lock:
        found = found.with_for_update()
    rows = found.lateral("found")
    return select(*rows.c).select_from(given.join(rows, true()))


@cache
def _in_list(lookup: Lookup) -> Select[Any]:
    columns = [lookup.table.c[name] for name in lookup.keys]
    one = columns[0] if len(columns) == 1 else tuple_(*columns)
    return _wanted(lookup).where(one.in_(bindparam("given", expanding=True)))


def _wanted(lookup: Lookup) -> Select[Any]:
    wanted = select(*(lookup.table.c[name] for name in lookup.columns))
    return wanted if lookup.where is None else wanted.where(lookup.where)


@cache
def _update(dialect: str, change: Change, names: Names) -> Update:
    given = _given(dialect, change.table, names)
    statement = update(change.table).where(*(change.table.c[name] == given[name] for name in change.keys))
    if change.where is not None:
        statement = statement.where(change.where)
    return statement.values({name: given[name] for name in names if name not in change.keys})


@cache
def _delete(dialect: str, change: Change) -> Delete:
    given = _given(dialect, change.table, change.keys)
    statement = delete(change.table).where(*(change.table.c[name] == given[name] for name in change.keys))
    return statement if change.where is None else statement.where(change.where)


def _given(dialect: str, table: Table, names: Names) -> Mapping[str, Any]:
    if dialect == "postgresql":
        rows = _unnest(table, names)
        return {name: rows.c[name] for name in names}
    return {name: bindparam(f"g_{name}", type_=table.c[name].type) for name in names}


def _same(table: Table, given: FromClause, names: Names) -> list[Condition]:
    return [table.c[name] == given.c[name] for name in names]
