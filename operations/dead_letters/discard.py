"""Discarding: letters are given up, with a reason, and with them the blocked orders that some of them stand for."""

from collections.abc import Sequence
from dataclasses import replace

from ledger.dead_letters.filters import LetterFilter, to_json
from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork
from operations.errors import DiscardRefusedError
from operations.orders.actions import Desk
from operations.replays.send import stands_for_order
from pipeline.deadlines import Deadlines
from schemas.dead_letters import DeadLetter, LetterState
from schemas.order import Discarded
from schemas.replays import AuditEntry

PAGE = 1000
"""Letters discarded in one transaction; a longer one would hold up the consumers on SQLite."""


def discard(ledger: Ledger, patience: Deadlines, wanted: LetterFilter, *, who: str, why: str) -> int:
    """Give up all letters that wait and pass the filter. They stay findable; orders blocked so are never imported.

    Letters that come meanwhile are left alone. Returns how many are discarded. Raises DiscardRefusedError when there
    is none.
    """
    if not who.strip() or not why.strip():
        raise DiscardRefusedError("Say who discards and why: both go on record.")
    if wanted.state not in (None, LetterState.OPEN):
        raise DiscardRefusedError(f"Only letters that wait can be discarded, not those that are {wanted.state}.")
    with ledger.read() as work:
        these = replace(wanted, state=LetterState.OPEN, open_by=wanted.open_by or work.now)
    gone = 0
    while True:
        with ledger.begin() as work:
            letters = work.dead_letters.latest(these, PAGE)
            ids = _give_up(work, Desk(ledger, patience), letters, Discarded(who=who, at=work.now, why=why))
            _put_on_record(work, wanted, ids, who, why)
        gone += len(ids)
        if len(letters) < PAGE:
            break
    if not gone:
        raise DiscardRefusedError("No dead letter that waits passes this filter; nothing was discarded.")
    return gone


def _give_up(work: UnitOfWork, desk: Desk, letters: Sequence[DeadLetter], given_up: Discarded) -> list[str]:
    """Discard those of the letters that still wait, and give up the orders that they stand for. Returns their ids."""
    orders = {
        letter.id: (letter.store_id, letter.amazon_order_id)
        for letter in letters
        if stands_for_order(letter) and letter.store_id and letter.amazon_order_id
    }
    # Orders before letters, as consumers lock them.
    work.orders.load(orders.values(), lock=True)
    gone = work.letter_actions.discard([letter.id for letter in letters])
    desk.give_up(work, {orders[one] for one in gone if one in orders}, given_up)
    return gone


def _put_on_record(work: UnitOfWork, wanted: LetterFilter, ids: Sequence[str], who: str, why: str) -> None:
    if ids:
        subject = ids[0] if len(ids) == 1 else f"{len(ids)} letters"
        details: dict[str, object] = {"selection": to_json(wanted), "letters": len(ids)}
        work.audit_log.write(AuditEntry(work.now, who, "letter.discard", subject, why, details))
