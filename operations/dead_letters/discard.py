"""Discarding dead letters, with a reason; a blocked order whose letter is discarded is never imported."""

from collections.abc import Sequence
from dataclasses import replace

from ledger.dead_letters.filters import to_json
from ledger.pages import pages
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.dead_letters.claims import refuse_if_claimed
from operations.errors import DiscardRefusedError
from operations.orders.actions import discard_orders
from operations.replays.send import stands_for_order
from schemas.audit import AuditEntry
from schemas.dead_letters import DeadLetter, LetterFilter, LetterState
from schemas.order import Discarded
from schemas.value import Value

PAGE = 1000
"""Letters discarded in one transaction; a longer one would block the consumers on SQLite."""


class DiscardPreview(Value):
    """The open letters that a discard would take now."""

    filter: LetterFilter
    """The filter for `discard`: letters that become open later do not match."""
    letters: int


class DiscardResult(Value):
    """The number of letters that were discarded."""

    letters: int


def preview_discard(context: Context, letters: LetterFilter, id_prefixes: Sequence[str] = ()) -> DiscardPreview:
    """Count the open letters that match, and are among those whose ids begin with a prefix if there are any.

    Raises DiscardRefusedError without such a letter and where a named one is not open, LetterClaimedError,
    UnknownLetterError, AmbiguousLetterError.
    """
    with context.ledger.read() as work:
        ids = tuple(_open_letter(work, prefix).id for prefix in id_prefixes)
        frozen = replace(letters, open_by=work.now, ids=ids)
        count = work.replay_selection.count(frozen)
    if count == 0:
        raise _none_matches()
    return DiscardPreview(filter=frozen, letters=count)


def discard(context: Context, letters: LetterFilter, *, actor: str, reason: str) -> DiscardResult:
    """Discard all open letters that match. They stay in the ledger; blocked orders of theirs are never imported.

    Letters that become open meanwhile are left alone. Raises DiscardRefusedError when no letter matches.
    """
    if not actor.strip() or not reason.strip():
        raise DiscardRefusedError("Actor and reason are required.")
    if letters.state not in (None, LetterState.OPEN):
        raise DiscardRefusedError(f"Only open letters can be discarded, not those that are {letters.state}.")
    frozen = replace(letters, state=LetterState.OPEN, open_by=letters.open_by or context.ledger.now())
    discarded = 0
    for page in pages(PAGE):
        with context.ledger.begin() as work:
            rows = page.read(work.dead_letters.latest(frozen, PAGE))
            ids = _discard(work, context, rows, Discarded(who=actor, at=work.now, why=reason))
            _record(work, letters, ids, actor, reason)
        discarded += len(ids)
    if not discarded:
        raise _none_matches()
    return DiscardResult(letters=discarded)


def _none_matches() -> DiscardRefusedError:
    return DiscardRefusedError("No open dead letter matches this filter; nothing was discarded.")


def _open_letter(work: UnitOfWork, id_prefix: str) -> DeadLetter:
    letter = work.dead_letters.by_prefix(id_prefix)
    if letter.state is not LetterState.OPEN:
        refuse_if_claimed(work, letter, "discarded")
        raise DiscardRefusedError(f"Dead letter {letter.id} is {letter.state}, so it cannot be discarded; nothing was.")
    return letter


def _discard(work: UnitOfWork, context: Context, letters: Sequence[DeadLetter], discarded: Discarded) -> list[str]:
    """Discard those of the letters that are still open, and the orders that they stand for. Returns their ids."""
    orders = {
        letter.id: (letter.store_id, letter.amazon_order_id)
        for letter in letters
        if stands_for_order(letter) and letter.store_id and letter.amazon_order_id
    }
    # Orders before letters, as consumers lock them.
    work.orders.load(orders.values(), lock=True)
    ids = work.letter_actions.discard([letter.id for letter in letters])
    of_letters = {orders[letter_id] for letter_id in ids if letter_id in orders}
    discard_orders(work, context.deadlines, of_letters, discarded)
    return ids


def _record(work: UnitOfWork, letters: LetterFilter, ids: Sequence[str], actor: str, reason: str) -> None:
    if ids:
        entry = AuditEntry(
            at=work.now,
            who=actor,
            action="letter.discard",
            subject=ids[0] if len(ids) == 1 else f"{len(ids)} letters",
            why=reason,
            details={"selection": to_json(letters), "letters": len(ids)},
        )
        work.audit_log.write(entry)
