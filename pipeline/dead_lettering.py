"""Dead-lettering: a message that cannot be handled becomes a dead letter, and counts as handled."""

from collections.abc import Sequence

from ledger.ledger import Ledger
from pipeline.parsing import accepts_redelivery
from pipeline.replay_outcomes import record_dead_letters
from schemas.dead_letters import NewLetter
from schemas.history import InboxEntry, InboxState


def dead_letter(ledger: Ledger, consumer: str, letters: Sequence[NewLetter]) -> None:
    """Save the letters, and mark their messages as failed in the inbox, so that repeats are recognized."""
    with ledger.begin() as work:
        rows = {letter.message_key: letter for letter in letters if letter.message_key}
        entries = work.inbox.find(consumer, list(rows))
        fresh = {key: letter for key, letter in rows.items() if _is_new(entries.get(key), letter.message.epoch)}
        saved = [letter for letter in letters if letter.message_key is None or letter.message_key in fresh]
        work.dead_letters.save(saved)
        record_dead_letters(work, saved)
        work.inbox.mark(
            consumer, [InboxEntry(key, letter.message.epoch, InboxState.FAILED) for key, letter in fresh.items()]
        )


def store_only(ledger: Ledger, letters: Sequence[NewLetter]) -> None:
    """Save the letters of messages that reached no consumer: if they are redelivered, they are handled."""
    with ledger.begin() as work:
        work.dead_letters.save(letters)
        record_dead_letters(work, letters)


def _is_new(entry: InboxEntry | None, epoch: int) -> bool:
    return entry is None or accepts_redelivery(entry, epoch)
