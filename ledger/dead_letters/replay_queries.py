"""What a replay would be about, or is: letters counted and grouped in SQL, none of them read."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import case, func, select, tuple_

from ledger.dead_letters.filters import conditions, is_open
from ledger.dead_letters.replays import Replays
from ledger.tables.core import dead_letter_causes, dead_letters
from ledger.tables.replays import HELD, replay_items
from ledger.transaction import Transaction
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState
from schemas.replays import Replay

_MOST_IN_ONE = 500
"""Causes named in one statement."""

PRODUCT_KINDS = (BlockerKind.PRODUCT_MISSING, BlockerKind.PRODUCT_DISABLED, BlockerKind.OUT_OF_STOCK)
"""Kinds whose key many orders have in common; the keys of the others are orders, which makes no groups."""

_KEY = case((dead_letter_causes.c.kind.in_([kind.value for kind in PRODUCT_KINDS]), dead_letter_causes.c.key), else_="")
_WITH_CAUSES = dead_letters.join(dead_letter_causes, dead_letter_causes.c.letter_id == dead_letters.c.id)


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """So many letters of a store wait for one cause; `example` is the Amazon order id of one of them.

    `key` is the product's SKU, and empty for causes that are each of one order.
    """

    kind: BlockerKind
    key: str
    store_id: str
    letters: int
    example: str


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """So many letters failed alike; `reason` is that of one of them."""

    letter_type: DeadLetterType
    consumer: str
    fingerprint: str
    letters: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReplaySelection:
    """Open letters counted and grouped for a replay, in one transaction. None of them is read."""

    tx: Transaction

    def count(self, wanted: LetterFilter) -> int:
        """Return how many letters wait and pass the filter."""
        counted = select(func.count()).select_from(dead_letters).where(*is_open(wanted))
        return self.tx.connection.execute(counted).scalar_one()

    def holders(self, wanted: LetterFilter, limit: int) -> list[tuple[Replay, int]]:
        """Return the replays that hold letters that pass the filter, whatever their state, with how many each holds.

        No more than *most* letters are counted: to count a million takes too long for a list.
        """
        held = (
            select(replay_items.c.replay_id)
            .join(dead_letters, dead_letters.c.id == replay_items.c.letter_id)
            .where(HELD, *conditions(replace(wanted, state=LetterState.REPLAYING)))
            .limit(limit)
            .subquery()
        )
        counted = select(held.c.replay_id, func.count().label("letters")).group_by(held.c.replay_id)
        rows = self.tx.connection.execute(counted.order_by(held.c.replay_id)).all()
        return [(Replays(self.tx).find(row.replay_id), row.letters) for row in rows]

    def cause_groups(self, wanted: LetterFilter, limit: int) -> list[CauseGroup]:
        """Count the letters by cause and store, the largest groups first."""
        by = (dead_letter_causes.c.kind, _KEY.label("key"), dead_letters.c.store_id)
        letters = func.count().label("letters")
        grouped = (
            select(*by, letters, func.min(dead_letters.c.amazon_order_id).label("example"))
            .select_from(_WITH_CAUSES)
            .where(*is_open(wanted))
            .group_by(*by)
            .order_by(letters.desc(), *by)
            .limit(limit)
        )
        return [
            CauseGroup(BlockerKind(row.kind), row.key, row.store_id or "", row.letters, row.example or "")
            for row in self.tx.connection.execute(grouped)
        ]

    def failure_groups(self, wanted: LetterFilter, limit: int) -> list[FailureGroup]:
        """Count the letters without a cause by class, consumer and fingerprint, the largest groups first."""
        if wanted.kind is not None or wanted.key is not None:
            return []
        by = (dead_letters.c.letter_type, dead_letters.c.consumer, dead_letters.c.fingerprint)
        letters = func.count().label("letters")
        grouped = (
            select(*by, letters, func.min(dead_letters.c.reason).label("reason"))
            .where(*is_open(wanted), dead_letters.c.letter_type != DeadLetterType.BLOCKED.value)
            .group_by(*by)
            .order_by(letters.desc(), *by)
            .limit(limit)
        )
        return [
            FailureGroup(DeadLetterType(row.letter_type), row.consumer, row.fingerprint, row.letters, row.reason)
            for row in self.tx.connection.execute(grouped)
        ]

    def count_still_blocking(self, wanted: LetterFilter, standing: Collection[CauseGroup]) -> int:
        """Return how many of the letters have at least one of these causes, each letter counted once."""
        named = [(group.kind.value, group.key, group.store_id) for group in standing]
        cause = tuple_(dead_letter_causes.c.kind, _KEY, dead_letters.c.store_id)
        found: set[str] = set()
        for start in range(0, len(named), _MOST_IN_ONE):
            some = cause.in_(named[start : start + _MOST_IN_ONE])
            wanted_here = select(dead_letters.c.id).select_from(_WITH_CAUSES).where(*is_open(wanted), some).distinct()
            found.update(self.tx.connection.execute(wanted_here).scalars())
        return len(found)
