"""Resending: the next letters of a replay go into the outbox, in the transaction that records that they did."""

from collections.abc import Sequence
from uuid import uuid5

from events.amqp import unpublishable_reason
from events.envelope import NAMESPACE, encode
from events.registry import CONSUMERS
from ledger.dead_letters.actions import next_delivery_headers
from ledger.unit_of_work import UnitOfWork
from pipeline.replay_outcomes import HEADER
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterState
from schemas.message import Message
from schemas.payloads import ImportRequested
from schemas.replays import ItemOutcome, ItemState, ReplayItem


def send_next(work: UnitOfWork, replay_id: str, limit: int) -> int:
    """Put the messages of the next letters into the outbox, at most *most*. Returns how many.

    A letter that was settled or given up since it was selected is skipped. One that no broker can carry has failed
    again at once: in the outbox it would stand in the way of all others.
    """
    items = work.replays.next_items(replay_id, limit) if limit else []
    letters = work.dead_letters.by_ids([item.letter_id for item in items])
    ready = [item for item in items if letters[item.letter_id].state is LetterState.REPLAYING]
    gone = [item for item in items if letters[item.letter_id].state is not LetterState.REPLAYING]
    work.replays.skip({item.id: f"It was {letters[item.letter_id].state} meanwhile." for item in gone})
    messages = _messages(work, ready, [letters[item.letter_id] for item in ready])
    refused = {message.id: reason for message in messages if (reason := unpublishable_reason(message))}
    work.outbox.put([message for message in messages if message.id not in refused])
    work.replays.mark_sent([item.id for item in ready])
    work.replays.record_outcomes(
        [
            ItemOutcome(item.id, ItemState.FAILED_AGAIN, refused[said])
            for item in ready
            if (said := message_id(item.id)) in refused
        ]
    )
    return len(ready)


def _messages(work: UnitOfWork, items: Sequence[ReplayItem], letters: Sequence[DeadLetter]) -> list[Message]:
    pairs = list(zip(items, letters, strict=True))
    fresh = [_import_again(work, item, letter) for item, letter in pairs if stands_for_order(letter)]
    stored = [(item, letter) for item, letter in pairs if not stands_for_order(letter)]
    messages = work.dead_letters.messages([letter.id for _, letter in stored])
    epochs = work.inbox.next_epochs([(letter.consumer, messages[letter.id]) for _, letter in stored])
    again = (
        _again(item, letter, messages[letter.id], epoch) for (item, letter), epoch in zip(stored, epochs, strict=True)
    )
    return [*fresh, *again]


def stands_for_order(letter: DeadLetter) -> bool:
    """Tell whether a letter stands for a blocked order, and not for one message."""
    return letter.letter_type is DeadLetterType.BLOCKED and letter.consumer == "importer"


def target_consumer(letter: DeadLetter) -> str | None:
    """Return the consumer that a letter's message goes to; nobody in particular where no consumer of ours takes it."""
    return letter.consumer if letter.consumer in CONSUMERS else None


def _import_again(work: UnitOfWork, item: ReplayItem, letter: DeadLetter) -> Message:
    """Ask for the import anew: the request that once blocked the order may long be handled."""
    payload = ImportRequested(store_id=letter.store_id or "", amazon_order_id=letter.amazon_order_id or "")
    message = encode(payload, message_id(item.id), work.now)
    return message._replace(to=letter.consumer, headers={HEADER: item.id})


def _again(item: ReplayItem, letter: DeadLetter, message: Message, epoch: int) -> Message:
    """Let the letter's own message through once more: an event's identity is in its body, the id outside is new."""
    return message._replace(
        id=message_id(item.id),
        to=target_consumer(letter),
        headers={**next_delivery_headers(message.headers, epoch), HEADER: item.id},
    )


def message_id(item_id: str) -> str:
    """Return the id of the message that is said for a letter's place in a replay."""
    return str(uuid5(NAMESPACE, f"replay/{item_id}"))
