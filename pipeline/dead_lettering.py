"""Setting aside: a message that cannot be handled becomes a dead letter, and counts as handled."""

from collections.abc import Sequence

from ledger.ledger import Ledger
from pipeline.parsing import accepts_redelivery
from pipeline.replay_outcomes import record_dead_letters
from schemas.dead_letters import NewLetter
from schemas.history import InboxEntry, InboxState


def dead_letter(ledger: Ledger, consumer: str, letters: Sequence[NewLetter]) -> None:
    """Store the letters, and take their messages as handled, so that repeats of them are known."""
    with ledger.begin() as work:
        rows = {letter.message_key: letter for letter in letters if letter.message_key}
        known = work.inbox.find(consumer, list(rows))
        fresh = {key: letter for key, letter in rows.items() if _is_new(known.get(key), letter.message.epoch)}
        saved = [letter for letter in letters if letter.message_key is None or letter.message_key in fresh]
        work.dead_letters.save(saved)
        record_dead_letters(work, saved)
        work.inbox.mark(
            consumer, [InboxEntry(key, letter.message.epoch, InboxState.FAILED) for key, letter in fresh.items()]
        )


def store_only(ledger: Ledger, letters: Sequence[NewLetter]) -> None:
    """Store letters of messages that reached nobody: should they come again, they may still be handled."""
    with ledger.begin() as work:
        work.dead_letters.save(letters)
        record_dead_letters(work, letters)


def _is_new(known: InboxEntry | None, epoch: int) -> bool:
    return known is None or accepts_redelivery(known, epoch)
