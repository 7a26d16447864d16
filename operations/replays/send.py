"""Sending the next letters of a replay: into the outbox, in the transaction that marks them as sent."""

from collections.abc import Sequence
from uuid import uuid5

from events.amqp import unpublishable_reason
from events.envelope import NAMESPACE, encode
from events.registry import CONSUMERS, PAYLOADS
from ledger.dead_letters.actions import next_delivery_headers
from ledger.dead_letters.letter_rows import person_of_row
from ledger.unit_of_work import UnitOfWork
from pipeline.replay_outcomes import HEADER
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterState
from schemas.message import Message
from schemas.payloads import ImportRequested
from schemas.replays import ItemOutcome, ItemState, ReplayItem


def send_next(work: UnitOfWork, replay_id: str, limit: int) -> int:
    """Put the messages of the next letters into the outbox, at most *limit*. Returns how many.

    A letter that was resolved or discarded since it was claimed is skipped. One whose message cannot be published fails
    again at once: in the outbox it would be tried for ever.
    """
    items = work.replays.next_items(replay_id, limit) if limit else []
    items = items[: len(work.dead_letters.within_bytes([item.letter_id for item in items]))]
    letters = work.dead_letters.by_ids([item.letter_id for item in items])
    ready = [item for item in items if letters[item.letter_id].state is LetterState.REPLAYING]
    ended = [item for item in items if letters[item.letter_id].state is not LetterState.REPLAYING]
    work.replays.skip({item.id: f"It was {letters[item.letter_id].state} meanwhile." for item in ended})
    messages, refused = _messages(work, ready, [letters[item.letter_id] for item in ready])
    refused |= {message.id: reason for message in messages if (reason := _refusal(message))}
    work.outbox.put([message for message in messages if message.id not in refused])
    work.replays.mark_sent([item.id for item in ready])
    work.replays.record_outcomes(
        [
            ItemOutcome(item.id, ItemState.FAILED_AGAIN, refused[sent_id])
            for item in ready
            if (sent_id := message_id(item.id)) in refused
        ]
    )
    return len(ready)


def _refusal(message: Message) -> str | None:
    """Return why a message is not published: no broker carries it, or the relay's account may not publish its event."""
    if reason := unpublishable_reason(message):
        return reason
    is_known = message.to or message.name in PAYLOADS
    return None if is_known else f"Crossdock publishes no {message.name}: edit the type of the event, or discard it."


def _messages(
    work: UnitOfWork, items: Sequence[ReplayItem], letters: Sequence[DeadLetter]
) -> tuple[list[Message], dict[str, str]]:
    """Return the messages of letters, and by message id why others cannot be opened."""
    pairs = list(zip(items, letters, strict=True))
    requests = [_import_request(work, item, letter) for item, letter in pairs if stands_for_order(letter)]
    stored = [(item, letter) for item, letter in pairs if not stands_for_order(letter)]
    messages, reasons = work.dead_letters.messages([letter.id for _, letter in stored])
    unopened = {message_id(item.id): reasons[letter.id] for item, letter in stored if letter.id in reasons}
    stored = [(item, letter) for item, letter in stored if letter.id in messages]
    epochs = work.inbox.next_epochs([(letter.consumer, messages[letter.id]) for _, letter in stored])
    again = (
        _redelivery(item, letter, messages[letter.id], epoch)
        for (item, letter), epoch in zip(stored, epochs, strict=True)
    )
    return [*requests, *again], unopened


def stands_for_order(letter: DeadLetter) -> bool:
    """Whether a letter stands for a blocked order, and not for one message."""
    return letter.letter_type is DeadLetterType.BLOCKED and letter.consumer == "importer"


def target_consumer(letter: DeadLetter) -> str | None:
    """Return the consumer that a letter's message is sent to; None where Crossdock has no such consumer."""
    return letter.consumer if letter.consumer in CONSUMERS else None


def _import_request(work: UnitOfWork, item: ReplayItem, letter: DeadLetter) -> Message:
    """Return a new request for the import: the one that blocked the order has been handled."""
    payload = ImportRequested(store_id=letter.store_id or "", amazon_order_id=letter.amazon_order_id or "")
    message = encode(payload, message_id(item.id), work.now)
    return message._replace(to=letter.consumer, headers={HEADER: item.id})


def _redelivery(item: ReplayItem, letter: DeadLetter, message: Message, epoch: int) -> Message:
    """Return the letter's own message in its next epoch. The event's id is in the body; the message id is new."""
    return message._replace(
        id=message_id(item.id),
        to=target_consumer(letter),
        headers={**next_delivery_headers(message.headers, epoch), HEADER: item.id},
        person=person_of_row(letter),
    )


def message_id(item_id: str) -> str:
    """Return the id of the message that a replay sends for one of its items."""
    return str(uuid5(NAMESPACE, f"replay/{item_id}"))
