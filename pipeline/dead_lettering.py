"""Dead-lettering: a message that cannot be handled becomes a dead letter, and counts as handled."""

from collections.abc import Sequence
from dataclasses import replace

from ledger.ledger import Ledger
from pipeline.header_bounds import header_fault, without_counters
from pipeline.parsing import accepts_redelivery
from pipeline.replay_outcomes import record_dead_letters
from pipeline.reused_ids import has_other_contents, reused_id_letter
from schemas.dead_letters import NewLetter
from schemas.history import InboxEntry, InboxState


def dead_letter(ledger: Ledger, consumer: str, letters: Sequence[NewLetter]) -> None:
    """Save the letters, and mark their messages as failed in the inbox, so that repeats are recognized."""
    with ledger.begin() as work:
        handled = work.inbox.find(consumer, [letter.message_key for letter in letters if letter.message_key])
        marked: dict[bytes, InboxEntry] = {}
        saved: list[NewLetter] = []
        for received in letters:
            key = received.message_key
            entry = (marked.get(key) or handled.get(key)) if key else None
            letter = _with_believed_headers(received, entry)
            if entry and has_other_contents(letter.digest, entry.digest):
                saved.append(reused_id_letter(letter, entry.digest))
            elif entry is None or accepts_redelivery(entry, letter.message.epoch):
                saved.append(letter)
                if key:
                    marked[key] = InboxEntry(key, letter.message.epoch, InboxState.FAILED, digest=letter.digest)
        work.dead_letters.save(saved)
        record_dead_letters(work, saved)
        work.inbox.mark(consumer, list(marked.values()))


def store_only(ledger: Ledger, letters: Sequence[NewLetter]) -> None:
    """Save the letters of messages that reached no consumer: if they are redelivered, they are handled."""
    with ledger.begin() as work:
        work.dead_letters.save(letters)
        record_dead_letters(work, letters)


def _with_believed_headers(letter: NewLetter, entry: InboxEntry | None) -> NewLetter:
    if header_fault(letter.message, entry.epoch if entry else 0):
        return replace(letter, message=without_counters(letter.message))
    return letter
