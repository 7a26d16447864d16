"""Filters of dead letters: as conditions in SQL that stay fast over a million letters, and as JSON for the record."""

import json
from dataclasses import asdict, replace
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, collate, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from ledger.dead_letters.cause_sets import beginning_of_cause, end_of_cause
from ledger.tables.dead_letters import dead_letter_causes, dead_letters
from schemas.blockers import BlockerKind
from schemas.dead_letters import LetterFilter, LetterState

_EQUAL = ("letter_type", "state", "store_id", "consumer", "event", "amazon_order_id", "fingerprint")


def to_json(letter_filter: LetterFilter) -> str:
    """Return the filter as JSON: only the given fields, sorted by name."""
    fields = {name: value for name, value in asdict(letter_filter).items() if value not in (None, ())}
    return json.dumps(fields, sort_keys=True, default=lambda instant: instant.isoformat())


def letter_conditions(letter_filter: LetterFilter) -> list[ColumnElement[bool]]:
    """Return the conditions that a letter must meet to pass the filter."""
    equal = {name: getattr(letter_filter, name) for name in _EQUAL}
    conditions: list[ColumnElement[bool]] = [
        dead_letters.c[name] == str(value) for name, value in equal.items() if value is not None
    ]
    if letter_filter.text is not None:
        conditions.append(_mentions(letter_filter.text))
    if letter_filter.since is not None:
        conditions.append(dead_letters.c.last_at >= letter_filter.since)
    if letter_filter.until is not None:
        conditions.append(dead_letters.c.last_at <= letter_filter.until)
    if letter_filter.open_by is not None:
        conditions.append(dead_letters.c.open_since <= letter_filter.open_by)
    if letter_filter.ids:
        conditions.append(dead_letters.c.id.in_(letter_filter.ids))
    if letter_filter.kind is not None or letter_filter.key is not None:
        conditions.append(dead_letters.c.id.in_(_having_cause(letter_filter)))
    return conditions


def open_letter_conditions(letter_filter: LetterFilter) -> list[ColumnElement[bool]]:
    """Return the conditions that an open letter must meet to pass the filter."""
    is_narrow = letter_filter.ids or letter_filter.key is not None
    # Nearly all letters are open: where the filter names few of them, SQLite must not use the index of states. A kind
    # alone names many: PostgreSQL then has to know how many are open, to read the latest in the order of their age.
    state = func.coalesce(dead_letters.c.state, "") if is_narrow else dead_letters.c.state
    return [*letter_conditions(letter_filter), state == LetterState.OPEN.value]


def conditions_of_common_kind(letter_filter: LetterFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of open letters for a filter whose kind many letters have.

    The kind is sought in their own rows: PostgreSQL takes a third of the time that it takes to join so many causes.
    """
    assert letter_filter.kind is not None  # noqa: S101 - the caller has counted its letters
    of_kind = dead_letters.c.cause_set.contains(beginning_of_cause(letter_filter.kind), autoescape=True)
    return [*open_letter_conditions(replace(letter_filter, kind=None)), of_kind]


def _mentions(text: str) -> ColumnElement[bool]:
    """Match letters whose id or order begins with a text, that have it as a cause's key, or in their reason.

    The key is sought in the letter's row. PostgreSQL expects half of all letters to be found where an alternative is
    "among those of a subquery", and reads all in the order of their age, which takes three times as long.
    """
    return or_(
        dead_letters.c.id.startswith(text.lower(), autoescape=True),
        dead_letters.c.amazon_order_id.startswith(text, autoescape=True),
        dead_letters.c.cause_set.contains(end_of_cause(text), autoescape=True),
        _LowerReason().contains(text.translate(_TO_LOWER), autoescape=True),
    )


_TO_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


class _LowerReason(ColumnElement[str]):
    """The reason with small letters for the capital ones of ASCII: all that SQLite knows.

    PostgreSQL would take twice as long for the letters of all alphabets.
    """

    inherit_cache = True
    type = Text()


@compiles(_LowerReason)
def _lower(_: _LowerReason, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(func.lower(dead_letters.c.reason), **options)


@compiles(_LowerReason, "postgresql")
def _lower_of_ascii(_: _LowerReason, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(func.lower(collate(dead_letters.c.reason, "C")), **options)


def _having_cause(letter_filter: LetterFilter) -> Select[tuple[str]]:
    """Select the ids of letters with a cause. The index begins with the kind: a key alone is sought with every kind."""
    causes = dead_letter_causes.c
    kinds = [letter_filter.kind] if letter_filter.kind is not None else list(BlockerKind)
    by_kind = select(causes.letter_id).where(causes.kind.in_([kind.value for kind in kinds]))
    return by_kind if letter_filter.key is None else by_kind.where(causes.key == letter_filter.key)
