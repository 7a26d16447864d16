"""Open dead letters grouped by cause or by fingerprint: their number, their age and their solution."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import Field

from ledger.dead_letters.cause_sets import CauseGroup, FailureGroup
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from schemas.blockers import Blocker, BlockerKind, Remedy
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState
from schemas.fields import Moment
from schemas.order import Order, OrderKey
from schemas.value import Value

LIMIT = 200
"""Groups that are shown, the largest first."""

GROUPED_LETTERS = 5_000
"""Letters that a page, a list of the API or a dry run groups, those that failed last."""


class LetterCause(Value):
    """Open letters with one cause, or without a cause and with one fingerprint.

    `key` is a SKU, and empty where each letter has another order as its key. `solution` and `remedy` are those of one
    of the orders, None once it is blocked by something else.
    """

    letter_type: DeadLetterType = Field(serialization_alias="class")
    kind: BlockerKind | None
    key: str
    store_id: str | None
    consumer: str
    fingerprint: str | None
    reason: str
    letters: int
    oldest: Moment
    """When the first of them failed first."""
    latest: Moment
    """When the last of them failed last."""
    solution: str | None
    remedy: Remedy | None


class LetterCauses(Value):
    """The groups, the largest first. A letter with several causes is in several groups; `letters` counts it once.

    Where there are more letters than that, it is not `exact`: the groups are of the letters that failed last.
    """

    groups: tuple[LetterCause, ...]
    letters: int
    exact: bool = True


def group_letters(
    context: Context, letter_filter: LetterFilter | None = None, among: int | None = None
) -> LetterCauses:
    """Return the open letters that pass the filter by cause, at most LIMIT groups of each kind.

    With *among* so many letters at most, those that failed last, of any number.
    """
    frozen = replace(letter_filter or LetterFilter(), state=LetterState.OPEN)
    with context.ledger.read() as work:
        grouped = work.replay_selection.groups(frozen, LIMIT, among)
        examples = work.orders.load({(group.store_id, group.example) for group in grouped.causes}, lock=False)
    groups = [*(_of_cause(group, examples) for group in grouped.causes), *map(_of_failure, grouped.failures)]
    ordered = tuple(sorted(groups, key=lambda group: -group.letters))
    return LetterCauses(groups=ordered, letters=grouped.letters, exact=grouped.complete)


def _of_cause(group: CauseGroup, examples: Mapping[OrderKey, Order]) -> LetterCause:
    blocker = _blocker(group, examples.get((group.store_id, group.example)))
    about_each = not group.key
    return LetterCause(
        letter_type=DeadLetterType.BLOCKED,
        kind=group.kind,
        key=group.key,
        store_id=group.store_id or None,
        consumer="importer",
        fingerprint=None,
        reason=blocker.reason if blocker else "",
        letters=group.letters,
        oldest=group.oldest,
        latest=group.latest,
        solution=blocker.solution if blocker else None,
        # An action on one order would resolve one letter of many.
        remedy=None if blocker is None or (about_each and group.letters > 1) else blocker.remedy,
    )


def _blocker(group: CauseGroup, example: Order | None) -> Blocker | None:
    blockers: Sequence[Blocker] = example.blockers if example else ()
    same = (blocker for blocker in blockers if blocker.kind is group.kind and group.key in ("", blocker.key))
    return next(same, None)


def _of_failure(group: FailureGroup) -> LetterCause:
    return LetterCause(
        letter_type=group.letter_type,
        kind=None,
        key="",
        store_id=None,
        consumer=group.consumer,
        fingerprint=group.fingerprint,
        reason=group.reason,
        letters=group.letters,
        oldest=group.oldest,
        latest=group.latest,
        solution=None,
        remedy=None,
    )


def blocked_listings(work: UnitOfWork, store_id: str | None, limit: int, key: str | None = None) -> list[CauseGroup]:
    """Return the listings without a product that block the latest orders, or the one of this key; the worst first."""
    letter_filter = LetterFilter(store_id=store_id, kind=BlockerKind.PRODUCT_MISSING, key=key)
    return work.replay_selection.groups(letter_filter, limit, GROUPED_LETTERS).causes
