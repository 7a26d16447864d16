"""The selection of a replay: open letters counted and grouped in SQL, none of them read."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    func,
    literal,
    select,
    union_all,
)

from ledger.dead_letters.cause_sets import CauseSet, FailureGroup, LetterGroups, largest_groups, load_causes
from ledger.dead_letters.filters import conditions_of_common_kind, letter_conditions, open_letter_conditions
from ledger.dead_letters.replays import Replays
from ledger.tables.dead_letters import dead_letter_causes, dead_letters
from ledger.tables.replays import CLAIMED_OR_SENT, replay_items
from ledger.transaction import Transaction
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState
from schemas.replays import Replay

MANY = 5_000
"""Causes of one kind from which on its letters are not found by the index of causes."""

_LETTERS: ColumnElement[int] = func.count()
_BY_CAUSES, _BY_FAILURE, _GROUPED, _FOUND = "by causes", "by failure", "grouped", "found"
_SAMPLE = "sample"
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
    "cause_set",
)
"""Columns of a letter that groups are made of: never its message, which is most of the row."""


@dataclass(frozen=True, slots=True)
class ReplaySelection:
    """Open letters counted and grouped for a replay, in one transaction. None of them is read.

    With *among* only the latest letters are, so many at most: a list of a million answers as fast as one of thousands.
    """

    tx: Transaction

    def count(self, letter_filter: LetterFilter) -> int:
        """Return how many open letters pass the filter."""
        counted = select(func.count()).select_from(dead_letters).where(*self._conditions(letter_filter))
        return self.tx.connection.execute(counted).scalar_one()

    def holders(self, letter_filter: LetterFilter, limit: int) -> list[tuple[Replay, int]]:
        """Return the replays that have claimed letters that pass the filter, of any state, with how many each.

        At most *limit* letters are counted: counting a million takes too long for a list.
        """
        claimed = (
            select(replay_items.c.replay_id)
            .join(dead_letters, dead_letters.c.id == replay_items.c.letter_id)
            .where(CLAIMED_OR_SENT, *letter_conditions(replace(letter_filter, state=LetterState.REPLAYING)))
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

    def groups(
        self, letter_filter: LetterFilter, limit: int, among: int | None = None, sample: int = 0
    ) -> LetterGroups:
        """Count the letters by cause and store, and those without one by failure; the largest *limit* groups of each.

        The letters are searched once, also for the *sample* that failed last, as a filter may be expensive.
        """
        return self._groups(letter_filter, limit, among, sample, among and among + 1)

    def counted_groups(
        self, letter_filter: LetterFilter, limit: int, among: int, sample: int
    ) -> tuple[LetterGroups, int]:
        """Count and group as `groups`, and return also how many letters pass the filter, grouped or not."""
        # All letters are read for a text, and counting them again takes as long. Any other filter counts in an index.
        if letter_filter.text is not None:
            searched = self._groups(letter_filter, limit, among, sample, None)
            return searched, searched.matching
        groups = self.groups(letter_filter, limit, among, sample)
        return groups, groups.letters if groups.complete else self.count(letter_filter)

    def _groups(
        self, letter_filter: LetterFilter, limit: int, among: int | None, sample: int, at_most: int | None
    ) -> LetterGroups:
        matching = _letters(self._conditions(letter_filter), at_most).cte("found")
        grouped = _latest(select(matching), matching, among).cte("grouped")
        by_failure = [] if _has_cause(letter_filter) else [_by_failure(grouped, limit)]
        parts = [_by_causes(grouped), *by_failure, _counted(_GROUPED, grouped), _counted(_FOUND, matching)]
        parts += [_sample(grouped, sample)] if sample else []
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
            matching=all_letters.letters,
            latest=[row.key_0 for row in rows[_SAMPLE]],
        )

    def _conditions(self, letter_filter: LetterFilter) -> list[ColumnElement[bool]]:
        is_common = letter_filter.kind is not None and letter_filter.key is None and self._are_many(letter_filter.kind)
        return conditions_of_common_kind(letter_filter) if is_common else open_letter_conditions(letter_filter)

    def _are_many(self, kind: BlockerKind) -> bool:
        of_kind = select(dead_letter_causes.c.letter_id).where(dead_letter_causes.c.kind == kind.value).limit(MANY)
        return self.tx.connection.execute(select(func.count()).select_from(of_kind.subquery())).scalar_one() == MANY


def _letters(conditions: Sequence[ColumnElement[bool]], among: int | None) -> Select[Any]:
    """Select the open letters that pass the filter: all, or those of them that failed last."""
    columns = [dead_letters.c[name] for name in _LETTER]
    return _latest(select(*columns).where(*conditions), dead_letters, among)


def _latest(letters: Select[Any], of: FromClause, limit: int | None) -> Select[Any]:
    return letters if limit is None else letters.order_by(of.c.last_at.desc(), of.c.id.desc()).limit(limit)


def _has_cause(letter_filter: LetterFilter) -> bool:
    return letter_filter.kind is not None or letter_filter.key is not None


def _by_causes(letters: FromClause) -> Select[Any]:
    """Group letters by all their causes together: far fewer rows than letters, and each letter is in one of them."""
    by = (letters.c.cause_set, letters.c.store_id, literal(""))
    query = _part(_BY_CAUSES, letters, by, func.min(letters.c.amazon_order_id)).select_from(letters)
    return query.where(letters.c.cause_set.is_not(None)).group_by(*by[:2])


def _by_failure(letters: FromClause, limit: int) -> Select[Any]:
    by = (letters.c.letter_type, letters.c.consumer, letters.c.fingerprint)
    query = _part(_BY_FAILURE, letters, by, func.min(letters.c.reason)).select_from(letters)
    query = query.where(letters.c.letter_type != DeadLetterType.BLOCKED.value)
    return query.group_by(*by).order_by(_LETTERS.desc(), *by).limit(limit)


def _counted(name: str, letters: FromClause) -> Select[Any]:
    nothing = literal("")
    return _part(name, letters, (nothing, nothing, nothing), nothing).select_from(letters)


def _sample(letters: FromClause, limit: int) -> Select[Any]:
    nothing = literal("")
    query = _part(_SAMPLE, letters, (letters.c.id, nothing, nothing), nothing).select_from(letters)
    return _latest(query.group_by(letters.c.id, letters.c.last_at), letters, limit)


def _part(name: str, letters: FromClause, by: Sequence[ColumnElement[Any]], example: ColumnElement[Any]) -> Select[Any]:
    """Select the columns that all parts of the answer have."""
    keys = (column.label(f"key_{place}") for place, column in enumerate(by))
    ages = func.min(letters.c.first_at).label("oldest"), func.max(letters.c.last_at).label("latest")
    return select(literal(name).label("part"), *keys, _LETTERS.label("letters"), example.label("example"), *ages)


def _cause_set(row: Row[Any]) -> CauseSet:
    causes = load_causes(row.key_0, row.key_1 or "")
    return CauseSet(causes, row.letters, row.example or "", row.oldest, row.latest)


def _failure_group(row: Row[Any]) -> FailureGroup:
    letter_type = DeadLetterType(row.key_0)
    return FailureGroup(letter_type, row.key_1, row.key_2, row.letters, row.example, row.oldest, row.latest)
