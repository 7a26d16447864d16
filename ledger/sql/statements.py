"""Statements for many rows, built once for each shape.

PostgreSQL takes one array a column (`unnest`), so that a statement is compiled and planned once for any number of rows;
SQLite takes one parameter set a row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ClauseElement,
    ColumnElement,
    Delete,
    FromClause,
    Integer,
    ScalarSelect,
    Select,
    Table,
    TableValuedAlias,
    Update,
    bindparam,
    case,
    column,
    delete,
    func,
    literal_column,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.types import TypeEngine

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    _Insert = postgresql.Insert | sqlite.Insert

Names = tuple[str, ...]
Condition = ColumnElement[bool]
Excluded = ReadOnlyColumnCollection[str, Any]

GIVEN = "g_"
"""Prefix of parameter names, so that they do not collide with those that SQLAlchemy derives from columns."""


@dataclass(frozen=True, eq=False)
class Upsert:
    """A statement that inserts rows into a table.

    Without `change`, existing rows are left unchanged. With it, they are updated to the values that `change` computes
    of the new row, where `only_if` holds. `returning` names the columns to return of each written row; `count_where`
    selects the rows to count when they are written by `insert_all`.
    """

    table: Table
    keys: Names = ()
    change: Callable[[Excluded], Mapping[str, Any]] | None = None
    only_if: Callable[[Excluded], Condition] | None = None
    returning: Names = ()
    count_where: Callable[[FromClause], Condition] | None = None


@dataclass(frozen=True, eq=False)
class KeySelect:
    """A statement that selects rows by keys: the columns, a further condition, and whether to lock them in key order.

    Of the column *sized* the length in bytes is returned, as `size`.
    """

    table: Table
    keys: Names
    columns: Names
    where: Condition | None = None
    lock: bool = False
    sized: str | None = None


@dataclass(frozen=True, eq=False)
class KeyUpdate:
    """A statement that changes or removes rows by keys, where `where` holds."""

    table: Table
    keys: Names
    where: Condition | None = None


def insertion(dialect: str, table: Table) -> "_Insert":
    """Return an INSERT that can have an ON CONFLICT; standard SQL has none, so each dialect has its own."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - a process needs one dialect, and each costs its start

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - as above

    return sqlite.insert(table)


def insert(dialect: str, write: Upsert, names: Names) -> "_Insert | ReturningInsert[Any]":
    """Insert rows of these columns."""
    statement = _insert(dialect, write, names, GIVEN)
    return statement.returning(*(write.table.c[name] for name in write.returning)) if write.returning else statement


def insert_all(parts: Sequence[tuple[Upsert, Names]]) -> ClauseElement:
    """Insert rows into several tables, on PostgreSQL; every part must have `returning`.

    Returns how many rows `count_where` counts, and fails unless every row was written. The parameters of each part
    begin with `prefix_of_part`.
    """
    missing: ColumnElement[int] = _number(0)
    counted: ColumnElement[int] = _number(0)
    for index, (write, names) in enumerate(parts):
        prefix = prefix_of_part(index)
        returned = (write.table.c[name] for name in write.returning)
        written = _insert("postgresql", write, names, prefix).returning(*returned).cte(f"written_{index}")
        missing += func.cardinality(_array(prefix, names[0], write.table.c[names[0]].type)) - _count(written)
        if write.count_where:
            counted += _count(written, write.count_where(written))
    return select(_refuse_unless(missing == _number(0), counted))


def _refuse_unless(condition: Condition, value: ColumnElement[int]) -> ColumnElement[int]:
    """Return *value* if the condition holds, else have the whole statement fail, by a division by zero.

    A statement of SQL can refuse only by an error, and no other needs a function of ours in the database. The error
    becomes an OrderChangedMeanwhileError in `ledger.database.error_translation`.
    """
    return value // case((condition, _number(1)), else_=_number(0))


def _number(value: int) -> ColumnElement[int]:
    return literal_column(str(value), Integer)


def _count(rows: FromClause, *where: Condition) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows).where(*where).scalar_subquery()


def prefix_of_part(index: int) -> str:
    """Return the prefix of the names of a part's parameters."""
    return f"{GIVEN}{index}_"


def _insert(dialect: str, write: Upsert, names: Names, prefix: str) -> "_Insert":
    if dialect == "postgresql":
        values = unnest(_types(write.table, names), prefix)
        rows = select(*(values.c[name] for name in names))
        return _on_conflict(insertion(dialect, write.table).from_select(names, rows), write)
    return _on_conflict(insertion(dialect, write.table), write)


def _on_conflict(insertion: "_Insert", write: Upsert) -> "_Insert":
    if write.change is None:
        return insertion.on_conflict_do_nothing()
    return insertion.on_conflict_do_update(
        index_elements=list(write.keys),
        set_=write.change(insertion.excluded),
        where=write.only_if(insertion.excluded) if write.only_if else None,
    )


def find(dialect: str, lookup: KeySelect, names: Names) -> ClauseElement:
    """Select rows by these key columns; on SQLite all keys are the one parameter `given`."""
    return _lateral(lookup, names) if dialect == "postgresql" else _in_list(lookup, names)


def _lateral(lookup: KeySelect, names: Names) -> Select[Any]:
    """One index look-up a key, in the keys' order: OFFSET keeps the planner from choosing another join."""
    keys = unnest(_types(lookup.table, names))
    row = _selection(lookup).where(*key_equals(lookup.table, keys, names)).offset(0)
    if lookup.lock:
        row = row.with_for_update()
    rows = row.lateral("found")
    return select(*rows.c).select_from(keys.join(rows, true()))


def _in_list(lookup: KeySelect, names: Names) -> Select[Any]:
    columns = [lookup.table.c[name] for name in names]
    key = columns[0] if len(columns) == 1 else tuple_(*columns)
    return _selection(lookup).where(key.in_(bindparam("given", expanding=True)))


def _selection(lookup: KeySelect) -> Select[Any]:
    selection = select(*(lookup.table.c[name] for name in lookup.columns))
    if lookup.sized:
        selection = selection.add_columns(func.coalesce(func.length(lookup.table.c[lookup.sized]), 0).label("size"))
    return selection if lookup.where is None else selection.where(lookup.where)


def change_rows(dialect: str, change: KeyUpdate, names: Names) -> Update:
    """Update the columns that are not keys, of the rows selected by the key columns."""
    values = _given(dialect, change.table, names)
    statement = update(change.table).where(*(change.table.c[name] == values[name] for name in change.keys))
    if change.where is not None:
        statement = statement.where(change.where)
    return statement.values({name: values[name] for name in names if name not in change.keys})


def remove_rows(dialect: str, change: KeyUpdate, names: Names) -> Delete:
    """Delete the rows selected by these key columns."""
    keys = _given(dialect, change.table, names)
    statement = delete(change.table).where(*(change.table.c[name] == keys[name] for name in names))
    return statement if change.where is None else statement.where(change.where)


def _given(dialect: str, table: Table, names: Names) -> Mapping[str, Any]:
    if dialect == "postgresql":
        rows = unnest(_types(table, names))
        return {name: rows.c[name] for name in names}
    return {name: bindparam(GIVEN + name, type_=table.c[name].type) for name in names}


def unnest(types: Mapping[str, TypeEngine[Any]], prefix: str = GIVEN) -> TableValuedAlias:
    """Return rows of these columns, which are passed as arrays: the parameter of a column is its name after *prefix*.

    The subquery hides the length of the first array from the planner, which then assumes a fixed number of rows and
    makes one plan for all batches. Else it plans each one (PostgreSQL 15: 0.1 of 0.4 ms for a statement of one row).
    """
    first, *others = (_array(prefix, name, kind) for name, kind in types.items())
    columns = (column(name, kind) for name, kind in types.items())
    return func.unnest(select(first).scalar_subquery(), *others).table_valued(*columns, name="given").render_derived()


def _array(prefix: str, name: str, kind: TypeEngine[Any]) -> BindParameter[Any]:
    return bindparam(prefix + name, type_=ARRAY(kind, dimensions=1))


def _types(table: Table, names: Names) -> Mapping[str, TypeEngine[Any]]:
    return {name: table.c[name].type for name in names}


def key_equals(table: Table, keys: FromClause, names: Names) -> list[Condition]:
    return [table.c[name] == keys.c[name] for name in names]
