"""Which dead letters: a filter, in SQL that stays fast over a million letters, and in words for the audit."""

import json
from dataclasses import asdict

from sqlalchemy import ColumnElement, Select, func, select

from ledger.tables.core import dead_letter_causes, dead_letters
from schemas.blockers import BlockerKind
from schemas.dead_letters import LetterFilter, LetterState

_EQUAL = ("letter_type", "state", "store_id", "consumer", "event", "amazon_order_id", "fingerprint")


def to_json(wanted: LetterFilter) -> str:
    """Return the filter as JSON: only what was given, always in the same order."""
    given = {name: value for name, value in asdict(wanted).items() if value not in (None, ())}
    return json.dumps(given, sort_keys=True, default=lambda instant: instant.isoformat())


def conditions(wanted: LetterFilter) -> list[ColumnElement[bool]]:
    """Return what must hold of a letter."""
    given = {name: getattr(wanted, name) for name in _EQUAL}
    found: list[ColumnElement[bool]] = [
        dead_letters.c[name] == str(value) for name, value in given.items() if value is not None
    ]
    if wanted.since is not None:
        found.append(dead_letters.c.last_at >= wanted.since)
    if wanted.until is not None:
        found.append(dead_letters.c.last_at <= wanted.until)
    if wanted.open_by is not None:
        found.append(dead_letters.c.open_since <= wanted.open_by)
    if wanted.ids:
        found.append(dead_letters.c.id.in_(wanted.ids))
    if wanted.kind is not None or wanted.key is not None:
        found.append(dead_letters.c.id.in_(_having_cause(wanted)))
    return found


def _having_cause(wanted: LetterFilter) -> Select[tuple[str]]:
    """Return the letters with a cause. The index begins with the kind, so a bare key is looked for under every one."""
    causes = dead_letter_causes.c
    kinds = [wanted.kind] if wanted.kind is not None else list(BlockerKind)
    by_cause = select(causes.letter_id).where(causes.kind.in_([kind.value for kind in kinds]))
    return by_cause if wanted.key is None else by_cause.where(causes.key == wanted.key)


def is_open(wanted: LetterFilter) -> list[ColumnElement[bool]]:
    """Return what must hold of a letter that passes the filter and waits for somebody to do something."""
    is_narrow = wanted.ids or wanted.kind is not None or wanted.key is not None
    # Nearly all letters wait: where something names few of them, SQLite must not go through the index of states.
    state = func.coalesce(dead_letters.c.state, "") if is_narrow else dead_letters.c.state
    return [*conditions(wanted), state == LetterState.OPEN.value]
