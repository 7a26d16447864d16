"""The selection of a replay: open letters counted and grouped in SQL, none of them read."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, case, func, select, tuple_

from ledger.dead_letters.filters import letter_conditions, open_letter_conditions
from ledger.dead_letters.replays import Replays
from ledger.tables.dead_letters import dead_letter_causes, dead_letters
from ledger.tables.replays import CLAIMED_OR_SENT, replay_items
from ledger.transaction import Transaction
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState
from schemas.replays import Replay

_CAUSES_PER_STATEMENT = 500

PRODUCT_KINDS = (BlockerKind.PRODUCT_MISSING, BlockerKind.PRODUCT_DISABLED, BlockerKind.OUT_OF_STOCK)
"""Kinds whose keys are products, which many orders share; the keys of the other kinds are orders."""

_KEY = case((dead_letter_causes.c.kind.in_([kind.value for kind in PRODUCT_KINDS]), dead_letter_causes.c.key), else_="")
_WITH_CAUSES = dead_letters.join(dead_letter_causes, dead_letter_causes.c.letter_id == dead_letters.c.id)
_GROUPED = (
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
class CauseGroup:
    """Open letters of one store with the same cause; `example` is the Amazon order id of one of them.

    `oldest` and `latest` are when the first of them failed first, and the last of them last.
    `key` is the product's SKU, and empty for kinds whose causes concern one order each.
    """

    kind: BlockerKind
    key: str
    store_id: str
    letters: int
    example: str
    oldest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Open letters that failed alike; `reason` is that of one of them."""

    letter_type: DeadLetterType
    consumer: str
    fingerprint: str
    letters: int
    reason: str
    oldest: datetime
    latest: datetime


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

    def cause_groups(self, wanted: LetterFilter, limit: int, among: int | None = None) -> list[CauseGroup]:
        """Count the letters by cause and store, the largest groups first."""
        found = _letters(wanted, among)
        by = (dead_letter_causes.c.kind, _KEY.label("key"), found.c.store_id)
        letters = func.count().label("letters")
        query = (
            select(*by, letters, func.min(found.c.amazon_order_id).label("example"), *_ages(found))
            .select_from(found.join(dead_letter_causes, dead_letter_causes.c.letter_id == found.c.id))
            .group_by(*by)
            .order_by(letters.desc(), *by)
            .limit(limit)
        )
        return [
            CauseGroup(
                BlockerKind(row.kind),
                row.key,
                row.store_id or "",
                row.letters,
                row.example or "",
                row.oldest,
                row.latest,
            )
            for row in self.tx.connection.execute(query)
        ]

    def failure_groups(self, wanted: LetterFilter, limit: int, among: int | None = None) -> list[FailureGroup]:
        """Count the letters without a cause by type, consumer and fingerprint, the largest groups first."""
        if wanted.kind is not None or wanted.key is not None:
            return []
        found = _letters(wanted, among)
        by = (found.c.letter_type, found.c.consumer, found.c.fingerprint)
        letters = func.count().label("letters")
        query = (
            select(*by, letters, func.min(found.c.reason).label("reason"), *_ages(found))
            .where(found.c.letter_type != DeadLetterType.BLOCKED.value)
            .group_by(*by)
            .order_by(letters.desc(), *by)
            .limit(limit)
        )
        return [
            FailureGroup(
                DeadLetterType(row.letter_type),
                row.consumer,
                row.fingerprint,
                row.letters,
                row.reason,
                row.oldest,
                row.latest,
            )
            for row in self.tx.connection.execute(query)
        ]

    def count_still_blocking(self, wanted: LetterFilter, causes: Collection[CauseGroup]) -> int:
        """Return how many of the letters have at least one of these causes, each letter counted once."""
        keys = [(group.kind.value, group.key, group.store_id) for group in causes]
        cause = tuple_(dead_letter_causes.c.kind, _KEY, dead_letters.c.store_id)
        ids: set[str] = set()
        for start in range(0, len(keys), _CAUSES_PER_STATEMENT):
            has_cause = cause.in_(keys[start : start + _CAUSES_PER_STATEMENT])
            query = select(dead_letters.c.id).select_from(_WITH_CAUSES).distinct()
            ids.update(self.tx.connection.execute(query.where(*open_letter_conditions(wanted), has_cause)).scalars())
        return len(ids)


def _letters(wanted: LetterFilter, among: int | None) -> FromClause:
    """Return the open letters that pass the filter: all, or those of them that failed last."""
    letters = select(*(dead_letters.c[name] for name in _GROUPED)).where(*open_letter_conditions(wanted))
    if among is not None:
        letters = letters.order_by(dead_letters.c.last_at.desc()).limit(among)
    return letters.subquery()


def _ages(letters: FromClause) -> tuple[ColumnElement[datetime], ColumnElement[datetime]]:
    return func.min(letters.c.first_at).label("oldest"), func.max(letters.c.last_at).label("latest")
