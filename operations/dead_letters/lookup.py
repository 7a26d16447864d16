"""Look-ups of dead letters: lists with their groups, one letter with its solutions, the audit log. Never a body."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from pydantic import Field

from handlers.rules.blockers import never_placed
from ledger.dead_letters.cause_sets import common_cause
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.dead_letters.claims import Claim, claims_of
from operations.list_pages import ListKey, ListPage, list_page
from operations.unknown_stores import message_to_staff
from schemas.audit import AuditEntry
from schemas.blockers import Blocker, BlockerKind, Cause, Remedy
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterFilter, LetterState
from schemas.value import Value

COUNT_LIMIT = 10_000
"""Letters that are counted for a list; beyond it the list only shows that there are more."""


class LetterGroup(Value):
    """Letters of a list with the same causes, or without a cause and with the same fingerprint."""

    letter_type: DeadLetterType = Field(serialization_alias="class")
    consumer: str
    reason: str
    """The reason of one of the letters."""
    causes: tuple[Cause, ...]
    """The common causes; `key` is empty where it is an order, for each letter then has another."""
    store_id: str | None
    letters: tuple[DeadLetter, ...]


class LetterPage(Value):
    """A list of dead letters, the latest failure first."""

    letters: tuple[DeadLetter, ...]
    groups: tuple[LetterGroup, ...]
    """The same letters in groups, the group with the latest failure first."""
    state: LetterState | None
    """The state that was asked for; None for all."""
    count: int
    """How many letters match, listed or not, counted up to one more than `COUNT_LIMIT`."""
    claims: tuple[Claim, ...]
    """In a list of open letters: the replays that have claimed further letters of the same filter."""
    system_message: str | None
    """The documented message while any store has blocked orders."""

    next: str | None
    """The token of the next page; None on the last."""


class Solution(Value):
    """A cause of a letter that still blocks its order, and its solution."""

    kind: BlockerKind
    key: str
    reason: str = Field(exclude=True)
    """The blocker in a sentence."""
    solution: str
    """The documented solution."""
    remedy: Remedy
    """The action that carries it out."""


class LetterDetails(DeadLetter):
    """A dead letter with the solutions of its order's present blockers, and operators' actions on it."""

    solutions: tuple[Solution, ...]
    audit: tuple[AuditEntry, ...]
    """Operators' actions on this letter, the latest first."""


_KEY: ListKey[DeadLetter] = ListKey((datetime, str), attrgetter("last_at", "id"))


def list_letters(
    context: Context, letters: LetterFilter, state: LetterState | None, limit: int, after: str | None = None
) -> LetterPage:
    """Return a page of the letters of a filter in a state, or in any. Raises WrongFilterError."""
    with context.ledger.read() as work:
        in_state = replace(letters, state=state)
        listed = _page(work, in_state, limit, after)
        return LetterPage(
            letters=listed.rows,
            next=listed.next,
            groups=_groups(listed.rows),
            state=state,
            count=_count(work, in_state, listed, after),
            claims=claims_of(work, letters, COUNT_LIMIT + 1) if state is LetterState.OPEN else (),
            system_message=message_to_staff(work),
        )


def find_letters(context: Context, letters: LetterFilter, limit: int, after: str | None = None) -> ListPage[DeadLetter]:
    """Return a page of the letters of a filter alone, the latest failure first. Raises WrongFilterError."""
    with context.ledger.read() as work:
        return _page(work, letters, limit, after)


def show_letter(context: Context, id_prefix: str) -> LetterDetails:
    """Return the letter whose id begins so. Raises UnknownLetterError, AmbiguousLetterError."""
    with context.ledger.read() as work:
        letter = work.dead_letters.by_prefix(id_prefix)
        solutions, audit = _solutions(work, letter), work.audit_log.latest(letter.id)
    return LetterDetails.model_validate(letter.model_dump() | {"solutions": solutions, "audit": audit})


def _page(work: UnitOfWork, letters: LetterFilter, limit: int, after: str | None) -> ListPage[DeadLetter]:
    return list_page(_KEY, lambda key, number: work.dead_letters.latest(letters, number, key), limit, after)


def _count(work: UnitOfWork, letters: LetterFilter, listed: ListPage[DeadLetter], after: str | None) -> int:
    """Count the letters of a filter; a first page that is the last one has them all, and a text is searched once."""
    is_whole = after is None and listed.next is None
    return len(listed.rows) if is_whole else work.dead_letters.count(letters, COUNT_LIMIT + 1)


def _groups(letters: Sequence[DeadLetter]) -> tuple[LetterGroup, ...]:
    members: dict[object, list[DeadLetter]] = {}
    for letter in letters:
        members.setdefault(_group_key(letter), []).append(letter)
    return tuple(_group(letters) for letters in members.values())


def _group(letters: Sequence[DeadLetter]) -> LetterGroup:
    first = letters[0]
    return LetterGroup(
        letter_type=first.letter_type,
        consumer=first.consumer,
        reason=first.reason,
        causes=_common_causes(first),
        store_id=first.store_id,
        letters=tuple(letters),
    )


def _group_key(letter: DeadLetter) -> object:
    if letter.causes:
        return letter.letter_type, _common_causes(letter), letter.store_id
    return letter.letter_type, letter.consumer, letter.reason, letter.fingerprint


def _common_causes(letter: DeadLetter) -> tuple[Cause, ...]:
    return tuple(map(common_cause, letter.causes))


def _solutions(work: UnitOfWork, letter: DeadLetter) -> list[Solution]:
    """Return a solution for each present blocker of the letter's order that is a cause of the letter."""
    if letter.store_id is None or letter.amazon_order_id is None:
        return []
    key = (letter.store_id, letter.amazon_order_id)
    order = work.orders.load([key], lock=False).get(key)
    blockers = [*(order.blockers if order else ()), never_placed(letter.amazon_order_id)]
    return [_solution(blocker) for blocker in blockers if blocker.cause in letter.causes]


def _solution(blocker: Blocker) -> Solution:
    return Solution(
        kind=blocker.kind,
        key=blocker.key,
        reason=blocker.reason,
        solution=blocker.solution,
        remedy=blocker.remedy,
    )
