"""The selection of a replay: open letters counted and grouped in SQL, none of them read."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    ScalarSelect,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)

from ledger.dead_letters.cause_sets import CauseSet, FailureGroup, LetterGroups, largest_groups
from ledger.dead_letters.filters import letter_conditions, open_letter_conditions
from ledger.dead_letters.replays import Replays
from ledger.tables.dead_letters import dead_letter_causes, dead_letters
from ledger.tables.replays import CLAIMED_OR_SENT, replay_items
from ledger.transaction import Transaction
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState
from schemas.replays import Replay

PRODUCT_KINDS = (BlockerKind.PRODUCT_MISSING, BlockerKind.PRODUCT_DISABLED, BlockerKind.OUT_OF_STOCK)
"""Kinds whose keys are products, which many orders share; the keys of the other kinds are orders."""

_LETTERS: ColumnElement[int] = func.count()
_BY_CAUSES, _BY_FAILURE, _GROUPED, _FOUND = "by causes", "by failure", "grouped", "found"
_LETTER = (
    "id",
    "letter_type",
    "consumer",
    "fingerprint",
    "reason",
    "store_id",
    "amazon_order_id",
    "first_at",
    "last_at",
)
"""Columns of a letter that groups are made of: never its message, which is most of the row."""


@dataclass(frozen=True, slots=True)
class ReplaySelection:
    """Open letters counted and grouped for a replay, in one transaction. None of them is read.

    With *among* only the latest letters are, so many at most: a list of a million answers as fast as one of thousands.
    """

    tx: Transaction

    def count(self, wanted: LetterFilter, among: int | None = None) -> int:
        """Return how many open letters pass the filter."""
        counted = select(dead_letters.c.id).where(*open_letter_conditions(wanted)).limit(among).subquery()
        return self.tx.connection.execute(select(func.count()).select_from(counted)).scalar_one()

    def holders(self, wanted: LetterFilter, limit: int) -> list[tuple[Replay, int]]:
        """Return the replays that have claimed letters that pass the filter, of any state, with how many each.

        At most *limit* letters are counted: counting a million takes too long for a list.
        """
        claimed = (
            select(replay_items.c.replay_id)
            .join(dead_letters, dead_letters.c.id == replay_items.c.letter_id)
            .where(CLAIMED_OR_SENT, *letter_conditions(replace(wanted, state=LetterState.REPLAYING)))
            .limit(limit)
            .subquery()
        )
        query = (
            select(claimed.c.replay_id, func.count().label("letters"))
            .group_by(claimed.c.replay_id)
            .order_by(claimed.c.replay_id)
        )
        rows = self.tx.connection.execute(query).all()
        return [(Replays(self.tx).find(row.replay_id), row.letters) for row in rows]

    def groups(self, wanted: LetterFilter, limit: int, among: int | None = None) -> LetterGroups:
        """Count the letters by cause and store, and those without one by failure; the largest *limit* groups of each.

        The letters are searched once, as a filter may be expensive.
        """
        found = _letters(wanted, among and among + 1).cte("found")
        grouped = _latest(select(found, _causes_of(found).label("causes")), found, among).cte("grouped")
        by_failure = [] if _has_cause(wanted) else [_by_failure(grouped, limit)]
        parts = [_by_causes(grouped), *by_failure, _counted(_GROUPED, grouped), _counted(_FOUND, found)]
        rows: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in self.tx.connection.execute(union_all(*(select(part.subquery()) for part in parts))):
            rows[row.part].append(row)
        sets = [_cause_set(row) for row in rows[_BY_CAUSES]]
        (letters,), (all_letters,) = rows[_GROUPED], rows[_FOUND]
        return LetterGroups(
            causes=largest_groups(sets, limit),
            failures=[_failure_group(row) for row in rows[_BY_FAILURE]],
            sets=sets,
            letters=letters.letters,
            complete=letters.letters == all_letters.letters,
        )


def _letters(wanted: LetterFilter, among: int | None) -> Select[Any]:
    """Select the open letters that pass the filter: all, or those of them that failed last."""
    columns = [dead_letters.c[name] for name in _LETTER]
    return _latest(select(*columns).where(*open_letter_conditions(wanted)), dead_letters, among)


def _latest(letters: Select[Any], of: FromClause, limit: int | None) -> Select[Any]:
    return letters if limit is None else letters.order_by(of.c.last_at.desc(), of.c.id.desc()).limit(limit)


def _causes_of(letters: FromClause) -> ScalarSelect[str]:
    """Select the causes of a letter in one text, None without any: each one's kind, the length of its key, its key."""
    kind = dead_letter_causes.c.kind
    key = case((kind.in_([one.value for one in PRODUCT_KINDS]), dead_letter_causes.c.key), else_="")
    causes = select(func.aggregate_strings(kind + " " + cast(func.length(key), Text) + " " + key, ""))
    return causes.where(dead_letter_causes.c.letter_id == letters.c.id).correlate(letters).scalar_subquery()


def _has_cause(wanted: LetterFilter) -> bool:
    return wanted.kind is not None or wanted.key is not None


def _by_causes(letters: FromClause) -> Select[Any]:
    """Group letters by all their causes together: far fewer rows than letters, and each letter is in one of them."""
    by = (letters.c.causes, letters.c.store_id, literal(""))
    query = _part(_BY_CAUSES, letters, by, func.min(letters.c.amazon_order_id)).select_from(letters)
    return query.where(letters.c.causes.is_not(None)).group_by(*by[:2])


def _by_failure(found: FromClause, limit: int) -> Select[Any]:
    by = (found.c.letter_type, found.c.consumer, found.c.fingerprint)
    query = _part(_BY_FAILURE, found, by, func.min(found.c.reason)).select_from(found)
    query = query.where(found.c.letter_type != DeadLetterType.BLOCKED.value)
    return query.group_by(*by).order_by(_LETTERS.desc(), *by).limit(limit)


def _counted(name: str, letters: FromClause) -> Select[Any]:
    nothing = literal("")
    return _part(name, letters, (nothing, nothing, nothing), nothing).select_from(letters)


def _part(name: str, found: FromClause, by: Sequence[ColumnElement[Any]], example: ColumnElement[Any]) -> Select[Any]:
    """Select the columns that all parts of the answer have."""
    keys = (column.label(f"key_{place}") for place, column in enumerate(by))
    ages = func.min(found.c.first_at).label("oldest"), func.max(found.c.last_at).label("latest")
    return select(literal(name).label("part"), *keys, _LETTERS.label("letters"), example.label("example"), *ages)


def _cause_set(row: Row[Any]) -> CauseSet:
    causes = {(*cause, row.key_1 or "") for cause in _causes_in(row.key_0)}
    return CauseSet(causes, row.letters, row.example or "", row.oldest, row.latest)


def _causes_in(text: str) -> Iterator[tuple[str, str]]:
    while text:
        kind, length, rest = text.split(" ", 2)
        yield kind, rest[: int(length)]
        text = rest[int(length) :]


def _failure_group(row: Row[Any]) -> FailureGroup:
    letter_type = DeadLetterType(row.key_0)
    return FailureGroup(letter_type, row.key_1, row.key_2, row.letters, row.example, row.oldest, row.latest)
