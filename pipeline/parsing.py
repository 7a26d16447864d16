"""Parsing a batch: messages become events of this consumer, or dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from events.envelope import Event, content_digest, decode
from events.errors import InvalidEventError, UnreadableMessageError
from events.large_bodies import body_digest
from events.registry import CONSUMERS
from pipeline.publishers import ForgedEventError, foreign_source, forgery
from pipeline.reused_ids import reused_id_letter
from schemas.dead_letters import DeadLetterType, NewLetter, forged_identity, message_identity, request_identity
from schemas.history import InboxEntry, InboxState
from schemas.message import Message
from schemas.payloads import (
    CancelRequested,
    CommerceCancelRequested,
    CompletionRequested,
    ReservationRequested,
    ShipmentConfirmationRequested,
)
from schemas.personal import person_of

REQUESTS = (
    CancelRequested,
    CommerceCancelRequested,
    CompletionRequested,
    ReservationRequested,
    ShipmentConfirmationRequested,
)
"""Requests that Amazon or Commerce may refuse, and that another message repeats once the facts have changed."""


@dataclass(slots=True)
class ParsedBatch:
    """A parsed batch. Of an event that is in it twice it has the copy of the highest epoch and attempt.

    Two events with the same id and other contents are both in it.
    """

    events: list[Event] = field(default_factory=list)
    dead_letters: list[NewLetter] = field(default_factory=list)


def parse_batch(consumer: str, messages: Sequence[Message]) -> ParsedBatch:
    """Parse the messages of one consumer. Raises nothing."""
    parsed = ParsedBatch()
    events: dict[tuple[bytes, bytes | None], Event] = {}
    for message in messages:
        try:
            event = _parse(consumer, message)
        except UnreadableMessageError as error:
            parsed.dead_letters.append(_unreadable(consumer, message, error))
        except ForgedEventError as error:
            parsed.dead_letters.append(_forged(consumer, message, error))
        except InvalidEventError as error:
            earlier = next((event for event in events.values() if event.key == error.key), None)
            parsed.dead_letters += _of_invalid(_invalid(consumer, message, error), earlier)
        else:
            identity = event.key, event.digest
            if _supersedes(message, events.get(identity)):
                events[identity] = event
    parsed.events = list(events.values())
    return parsed


def _of_invalid(letter: NewLetter, earlier: Event | None) -> list[NewLetter]:
    """Return the letter of an invalid event, none if it repeats a valid one of its batch."""
    if earlier and earlier.digest != letter.digest:
        return [reused_id_letter(letter, earlier.digest)]
    return [letter] if _supersedes(letter.message, earlier) else []


def _supersedes(message: Message, earlier: Event | None) -> bool:
    """Whether a message is a later redelivery than the event of the same key, if there is one."""
    return earlier is None or _redeliveries(earlier.message) < _redeliveries(message)


def _redeliveries(message: Message) -> tuple[int, int]:
    return message.epoch, message.attempt


def _parse(consumer: str, message: Message) -> Event:
    event = decode(message)
    if event.name != CONSUMERS[consumer]:
        wrong = f"The consumer {consumer} takes {CONSUMERS[consumer]}, not {event.name}; publish it by its own name."
        raise InvalidEventError(wrong, event.key, event.name, event.order, event.source)
    if forged := forgery(event):
        raise _forged_error(f"{forged}; nothing was done. Discard it.", event)
    return event


def redelivery(event: Event, **headers: int) -> Message:
    """Return an event's message for redelivery from the outbox, which keeps one message an id.

    Its id is the event's key: ids are unique within one source only, and many publishers set none in the properties.
    """
    message = event.message
    return message._replace(
        id=event.key.hex(),
        name=event.name,
        headers={**message.headers, **headers},
        key=event.key,
        person=person_of(event.name, event.order),
    )


def _unreadable(consumer: str, message: Message, error: UnreadableMessageError) -> NewLetter:
    return NewLetter(
        identity=message_identity(consumer, body_digest(message)),
        letter_type=DeadLetterType.UNREADABLE,
        consumer=consumer,
        event=CONSUMERS.get(consumer, message.name),
        reason=str(error),
        message=message,
    )


def _invalid(consumer: str, message: Message, error: InvalidEventError) -> NewLetter:
    return NewLetter(
        identity=message_identity(consumer, error.key),
        letter_type=DeadLetterType.FAILED,
        consumer=consumer,
        event=error.name,
        reason=str(error),
        message=message,
        message_key=error.key,
        order=error.order,
        digest=content_digest(message.body),
        source=foreign_source(error.source) if error.source else None,
    )


def _forged_error(reason: str, event: Event) -> ForgedEventError:
    return ForgedEventError(reason, event.key, event.name, event.order, event.source)


def _forged(consumer: str, message: Message, error: ForgedEventError) -> NewLetter:
    """Return the letter of a forged event, which the inbox must not know: its key may be that of an event of ours."""
    letter = _invalid(consumer, message, error)
    return replace(letter, identity=forged_identity(consumer, body_digest(message)), message_key=None, digest=None)


def failed_letter(consumer: str, event: Event, reason: str) -> NewLetter:
    """Return the dead letter of an event that could not be handled."""
    return NewLetter(
        identity=letter_identity(consumer, event),
        letter_type=DeadLetterType.FAILED,
        consumer=consumer,
        event=event.name,
        reason=reason,
        message=event.message,
        message_key=event.key,
        order=event.order,
        digest=event.digest,
        source=foreign_source(event.source),
    )


def letter_identity(consumer: str, event: Event) -> str:
    """Return the identity of an event's letter: its message's, or that of its request, which other messages repeat."""
    if event.order and isinstance(event.payload, REQUESTS):
        return request_identity(consumer, event.order, getattr(event.payload, "shipment_id", ""))
    return message_identity(consumer, event.key)


def letter_for(consumer: str, message: Message, reason: str) -> NewLetter:
    """Return the dead letter of a message that was not parsed, with the event's identity if it has one."""
    try:
        event = decode(message)
        if problem := forgery(event):
            return _forged(consumer, message, _forged_error(f"{problem}.", event))
        return failed_letter(consumer, event, reason)
    except UnreadableMessageError as error:
        return _unreadable(consumer, message, error)
    except InvalidEventError as error:
        return _invalid(consumer, message, error)


def accepts_redelivery(entry: InboxEntry, epoch: int) -> bool:
    """Whether a handled message may be handled again: if it failed or was deferred, with a higher epoch."""
    return entry.state in (InboxState.FAILED, InboxState.DEFERRED) and epoch > entry.epoch
