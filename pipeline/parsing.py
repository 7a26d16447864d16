"""Opening a batch: which messages are events for this consumer, and the letters for those that are not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from events.envelope import Event, decode
from events.errors import InvalidEventError, UnreadableMessageError
from events.registry import CONSUMERS
from schemas.dead_letters import DeadLetterType, NewLetter, message_identity, request_identity
from schemas.history import InboxEntry, InboxState
from schemas.message import Message
from schemas.payloads import (
    CancelRequested,
    CommerceCancelRequested,
    CompletionRequested,
    ReservationRequested,
    ShipmentConfirmationRequested,
)

REQUESTS = (
    CancelRequested,
    CommerceCancelRequested,
    CompletionRequested,
    ReservationRequested,
    ShipmentConfirmationRequested,
)
"""Requests that the other side may refuse, and that another message makes again once the facts are others."""


@dataclass(slots=True)
class ParsedBatch:
    """A batch after opening. An event that is in it twice stands here once, as it was let through last."""

    events: list[Event] = field(default_factory=list)
    dead_letters: list[NewLetter] = field(default_factory=list)


def parse_batch(consumer: str, messages: Sequence[Message]) -> ParsedBatch:
    """Open the messages of one consumer; nothing raises."""
    opened = ParsedBatch()
    events: dict[bytes, Event] = {}
    for message in messages:
        try:
            event = _parse(consumer, message)
        except UnreadableMessageError as error:
            opened.dead_letters.append(_unreadable(consumer, message, error))
        except InvalidEventError as error:
            if _supersedes(message, events.get(error.key)):  # else a repeat, by its id, of what can be read
                opened.dead_letters.append(_unfit(consumer, message, error))
        else:
            if _supersedes(message, events.get(event.key)):
                events[event.key] = event
    opened.events = list(events.values())
    return opened


def _supersedes(message: Message, same: Event | None) -> bool:
    """Tell whether a message counts before the event of the same key, if there is one: it was let through later."""
    return same is None or _tries(same.message) < _tries(message)


def _tries(message: Message) -> tuple[int, int]:
    return message.epoch, message.attempt


def _parse(consumer: str, message: Message) -> Event:
    event = decode(message)
    if event.name != CONSUMERS[consumer]:
        reason = f"The consumer {consumer} takes {CONSUMERS[consumer]}, not {event.name}; publish it by its own name."
        raise InvalidEventError(reason, event.key, event.name, event.order)
    return event


def redelivery(event: Event, **headers: int) -> Message:
    """Return an event's message to be said again from the outbox, which keeps one message an id.

    It goes by the event's key: ids are unique within one source only, and many publishers set none outside the body.
    """
    message = event.message
    return message._replace(id=event.key.hex(), name=event.name, headers={**message.headers, **headers}, key=event.key)


def _unreadable(consumer: str, message: Message, error: UnreadableMessageError) -> NewLetter:
    body = blake2b(message.body, digest_size=16).digest()
    return NewLetter(
        identity=message_identity(consumer, body),
        letter_type=DeadLetterType.UNREADABLE,
        consumer=consumer,
        event=CONSUMERS.get(consumer, message.name),
        reason=str(error),
        message=message,
    )


def _unfit(consumer: str, message: Message, error: InvalidEventError) -> NewLetter:
    return NewLetter(
        identity=message_identity(consumer, error.key),
        letter_type=DeadLetterType.FAILED,
        consumer=consumer,
        event=error.name,
        reason=str(error),
        message=message,
        message_key=error.key,
        order=error.order,
    )


def failed_letter(consumer: str, event: Event, reason: str) -> NewLetter:
    """Return the letter of an event that was read and could not be handled."""
    return NewLetter(
        identity=letter_identity(consumer, event),
        letter_type=DeadLetterType.FAILED,
        consumer=consumer,
        event=event.name,
        reason=reason,
        message=event.message,
        message_key=event.key,
        order=event.order,
    )


def letter_identity(consumer: str, event: Event) -> str:
    """Return the identity of an event's letter: its message's, or that of what it asks for, which others ask, too."""
    if event.order and isinstance(event.payload, REQUESTS):
        return request_identity(consumer, event.order, getattr(event.payload, "shipment_id", ""))
    return message_identity(consumer, event.key)


def letter_for(consumer: str, message: Message, reason: str) -> NewLetter:
    """Return a letter for a message that nobody has opened, with its own identity where it has one."""
    try:
        return failed_letter(consumer, decode(message), reason)
    except UnreadableMessageError as error:
        return _unreadable(consumer, message, error)
    except InvalidEventError as error:
        return _unfit(consumer, message, error)


def accepts_redelivery(known: InboxEntry, epoch: int) -> bool:
    """Tell whether a message that was handled may be handled again: only what failed or waited, let through anew."""
    return known.state in (InboxState.FAILED, InboxState.DEFERRED) and epoch > known.epoch
