"""Editing dead letters: a corrected message takes the place of one that no replay can help."""

import json
from collections.abc import Sequence
from difflib import unified_diff
from typing import Any, BinaryIO
from uuid import uuid4

from events.envelope import OPERATOR_SOURCE, Event, content_digest, decode, event_key
from events.errors import InvalidEventError, UnreadableMessageError
from events.registry import CONSUMERS
from ledger.dead_letters.letter_rows import letter_id as id_of_letter
from ledger.errors import HandledMeanwhileError
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.dead_letters.claims import refuse_if_claimed
from operations.dead_letters.json_document import (
    FieldChange,
    changes,
    plain_body,
    read_json,
    refuse_packed,
    set_field,
    unpacking,
    write_json,
)
from operations.errors import EditRefusedError
from operations.personal_data.looks import record_look
from operations.replays.send import stands_for_order, target_consumer
from schemas.audit import AuditEntry
from schemas.blockers import Remedy, RemedyKind
from schemas.dead_letters import DeadLetter, LetterState, message_identity
from schemas.input_limits import DIFFED_LINES, LINE_BYTES, chunks_of, read_whole
from schemas.message import Message
from schemas.order import OrderKey
from schemas.personal import person_of
from schemas.value import Value


class LetterBody(Value):
    """The message body of a letter, for its editor only: it may have personal data."""

    letter_id: str
    body: bytes


class EditPreview(Value):
    """The difference that an edit would make. Values of fields may be personal data."""

    letter_id: str
    changes: tuple[FieldChange, ...]


class EditResult(Value):
    """A letter whose message was replaced: the id of the new message, and the consumer that it goes to."""

    letter_id: str
    message_id: str
    consumer: str


def read_body(context: Context, id_prefix: str) -> LetterBody:
    """Return the body of the letter whose id begins so.

    Raises UnknownLetterError, AmbiguousLetterError, LetterBodyGoneError, CipherError.
    """
    with context.ledger.read() as work:
        letter = work.dead_letters.by_prefix(id_prefix)
        return LetterBody(letter_id=letter.id, body=work.dead_letters.message(letter.id).body)


def read_message(file: BinaryIO) -> bytes:
    """Return a corrected message from a file. Raises InputLimitError for one that is larger than a message may be."""
    return read_whole(chunks_of(file), LINE_BYTES, "no message may have more")


def look_at_body(context: Context, letter: LetterBody, actor: str, seen: str) -> None:
    """Record that a person is about to see a letter's message, or a part of it, *seen*. Raises EditRefusedError."""
    if not actor.strip():
        raise EditRefusedError("Personal data is shown to nobody without a name; give --who.")
    with context.ledger.begin() as work:
        record_look(work, work.dead_letters.by_prefix(letter.letter_id), actor, seen)


def with_fields(body: bytes, fields: Sequence[tuple[str, str]]) -> bytes:
    """Return the body, unpacked, with fields set by path. Raises EditRefusedError where a path does not exist."""
    document = _parsed(plain_body(body))
    if not isinstance(document, dict):
        refuse_packed(body)
        raise EditRefusedError("The message is not a JSON object, so it has no fields to set; give the whole message.")
    for path, value in fields:
        set_field(document, path, value)
    return write_json(document)


def as_text(body: bytes) -> str:
    """Return the body for an editor, unpacked, indented where it is JSON.

    Raises EditRefusedError when it is not text.
    """
    body = plain_body(body)
    document = _parsed(body)
    if document is not None:
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    refuse_packed(body)
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise EditRefusedError("The message is not text, so no editor can open it; give the whole message.") from None


def preview_edit(context: Context, letter: LetterBody, new_body: bytes) -> EditPreview:
    """Return the difference between a letter's body and a new one.

    Raises as `edit` would, and EditRefusedError when they are equal: nobody is asked to send a correction that will be
    refused.
    """
    before, after = _parsed(plain_body(letter.body)), _parsed(new_body)
    if before is not None and after is not None:
        differences = (*unpacking(letter.body), *changes(before, after))
    elif letter.body != new_body:
        differences = (FieldChange(path="the whole", what="changed", before=repr(letter.body), after=repr(new_body)),)
    else:
        differences = ()
    if not differences:
        raise EditRefusedError("The message is as it was; nothing was changed.")
    with context.ledger.read() as work:
        _check(work, work.dead_letters.by_prefix(letter.letter_id), new_body)
    return EditPreview(letter_id=letter.letter_id, changes=differences)


def edit(context: Context, letter_id: str, new_body: bytes, *, actor: str, reason: str) -> EditResult:
    """Replace a letter's message by an edited one, which goes to its consumer; no copy of the old one is handled.

    The new message is an event with an id of its own, and names the old one as its cause. Raises, with nothing
    changed, EditRefusedError, LetterClaimedError, UnknownLetterError.
    """
    if not actor.strip() or not reason.strip():
        raise EditRefusedError("Actor and reason are required.")
    with context.ledger.begin() as work:
        letter = work.letter_actions.lock(letter_id)
        old, event = _check(work, letter, new_body)
        new = _as_new(event, old, new_body)
        try:
            _replace(work, letter, old, new, new_body)
        except HandledMeanwhileError as error:
            raise EditRefusedError(str(error)) from None
        _record(work, letter, old, new, actor, reason)
    return EditResult(letter_id=letter.id, message_id=new.id, consumer=letter.consumer)


def _check(work: UnitOfWork, letter: DeadLetter, new_body: bytes) -> tuple[Message, Event]:
    """Return the letter's message, and the event that takes its place. Raises EditRefusedError, LetterClaimedError."""
    _refuse_uneditable(work, letter)
    old = work.dead_letters.message(letter.id)
    event = _read(letter, new_body)
    _check_subject(letter, old, event)
    return old, event


def _refuse_uneditable(work: UnitOfWork, letter: DeadLetter) -> None:
    if letter.state is not LetterState.OPEN:
        refuse_if_claimed(work, letter, "edited")
        raise EditRefusedError(f"Dead letter {letter.id} is {letter.state}; only an open one can be edited.")
    if stands_for_order(letter):
        raise _order_blocked(letter)


def _order_blocked(letter: DeadLetter) -> EditRefusedError:
    params = {"store_id": letter.store_id or "", "amazon_order_id": letter.amazon_order_id or ""}
    return EditRefusedError(
        f"Order {letter.amazon_order_id} is blocked, and no edit of a message unblocks it.",
        hint=Remedy(kind=RemedyKind.EXPLAIN_ORDER, params=params),
    )


def _read(letter: DeadLetter, new_body: bytes) -> Event:
    try:
        event = decode(Message("", "", new_body))
    except (UnreadableMessageError, InvalidEventError) as error:
        raise EditRefusedError(f"The edited message is still wrong, so nothing was changed. {error}") from None
    expected = CONSUMERS.get(letter.consumer)
    if event.name != expected if expected else event.name not in CONSUMERS.values():
        takes = f"the consumer {letter.consumer} takes {expected}" if expected else "no consumer takes it"
        raise EditRefusedError(f"The edited message is of type {event.name}, but {takes}; nothing was changed.")
    return event


def _check_subject(letter: DeadLetter, old: Message, event: Event) -> None:
    """Raise EditRefusedError where the edited message would leave the letter's subject without a letter.

    Most letters stand for a message. Others stand for a parcel, an order or a request in the ledger.
    """
    try:
        before = decode(old)
    except (UnreadableMessageError, InvalidEventError):
        return
    of_message = letter.id == id_of_letter(message_identity(letter.consumer, before.key))
    if not of_message and _subject(before) != _subject(event):
        raise EditRefusedError(
            f"Dead letter {letter.id} stands for {_named(before)}, which an edited message about another would leave"
            " without one. Publish that message instead, and discard this letter if it was a mistake."
        )


def _subject(event: Event) -> tuple[OrderKey | None, str | None]:
    return event.order, getattr(event.payload, "shipment_id", None)


def _named(event: Event) -> str:
    order, shipment_id = _subject(event)
    of_order = f"order {order[1]} of store {order[0]}" if order else "its event"
    return f"shipment {shipment_id} of {of_order}" if shipment_id else of_order


def _as_new(event: Event, old: Message, new_body: bytes) -> Message:
    """Return the edited message as an event with an id of its own."""
    message_id = str(uuid4())
    attributes = read_json(new_body)
    attributes |= {"id": message_id, "source": OPERATOR_SOURCE, "causationid": _id_of(old) or event.id}
    order = event.order
    return Message(
        id=message_id,
        name=event.name,
        body=write_json(attributes),
        order_id=order[1] if order else None,
        key=event_key(OPERATOR_SOURCE, message_id),
        person=person_of(event.name, order),
    )


def _id_of(message: Message) -> str:
    """Return the id that a message was sent with, or that in its body, readable or not; "" without one."""
    body = _parsed(message.body)
    inside = body.get("id") if isinstance(body, dict) else None
    return message.id or (inside[:200] if isinstance(inside, str) else "")


def _replace(work: UnitOfWork, letter: DeadLetter, old: Message, new: Message, new_body: bytes) -> None:
    if old.key and letter.consumer in CONSUMERS:
        work.letter_actions.supersede(letter.consumer, old.key, old.epoch, content_digest(new.body))
        work.early_events.close([(letter.consumer, old.key)])
    work.outbox.put([new._replace(to=target_consumer(letter))])
    work.letter_actions.replace(letter, new.id, difference(old.body, new_body).encode())


def _record(work: UnitOfWork, letter: DeadLetter, old: Message, new: Message, actor: str, reason: str) -> None:
    details = {"message": new.id, "instead_of": _id_of(old), "consumer": letter.consumer}
    entry = AuditEntry(at=work.now, who=actor, action="letter.edit", subject=letter.id, why=reason, details=details)
    work.audit_log.write(entry)


def difference(old: bytes, new: bytes) -> str:
    """Return the unified diff of two bodies, unpacked and indented where they are JSON; of long ones all lines."""
    before, after = _lines(plain_body(old)), _lines(new)
    if max(len(before), len(after)) > DIFFED_LINES:
        return "\n".join(["--- before", "+++ after", *(f"-{line}" for line in before), *(f"+{line}" for line in after)])
    return "\n".join(unified_diff(before, after, "before", "after", lineterm=""))


def _lines(body: bytes) -> list[str]:
    try:
        return json.dumps(read_json(body), indent=2, ensure_ascii=False).splitlines()
    except ValueError:
        return body.decode(errors="replace").splitlines()


def _parsed(body: bytes) -> Any:
    """Return the document of a JSON body, or None."""
    try:
        return read_json(body)
    except ValueError:
        return None
