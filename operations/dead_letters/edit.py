"""Editing dead letters: what a person does about a message that no replay can help."""

import json
from dataclasses import dataclass
from difflib import unified_diff
from uuid import uuid4

from events.envelope import OPERATOR_SOURCE, Event, decode, event_key
from events.errors import InvalidEventError, UnreadableMessageError
from events.registry import CONSUMERS
from ledger.dead_letters.letter_rows import letter_id as id_of_letter
from ledger.errors import HandledMeanwhileError
from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork
from operations.dead_letters.holds import where_it_is
from operations.dead_letters.json_document import read_json, write_json
from operations.errors import EditRefusedError
from operations.replays.send import stands_for_order, target_consumer
from schemas.command_line import command_line
from schemas.dead_letters import DeadLetter, LetterState, message_identity
from schemas.message import Message
from schemas.order import OrderKey
from schemas.replays import AuditEntry


@dataclass(frozen=True, slots=True)
class EditResult:
    """A letter whose message was replaced: the new message's id, and the consumer that it goes to."""

    letter_id: str
    message_id: str
    consumer: str


def edit(ledger: Ledger, letter_id: str, new_body: bytes, *, who: str, why: str) -> EditResult:
    """Replace a letter's message by an edited one, which goes to its consumer; no copy of the old one ever runs.

    The new message is an event of its own: it gets an id of its own and names the old one as its cause.
    Raises EditRefusedError, with nothing changed, UnknownLetterError.
    """
    if not who.strip() or not why.strip():
        raise EditRefusedError("Say who edits and why: both go on record.")
    with ledger.begin() as work:
        letter = _editable(work, letter_id)
        old = work.dead_letters.message(letter.id)
        event = _read(letter, new_body)
        _check_subject(letter, old, event)
        new = _as_new(event, old, new_body)
        try:
            _replace(work, letter, old, new, new_body)
        except HandledMeanwhileError as error:
            raise EditRefusedError(str(error)) from None
        details: dict[str, object] = {"message": new.id, "instead_of": _id_of(old), "consumer": letter.consumer}
        work.audit_log.write(AuditEntry(work.now, who, "letter.edit", letter.id, why, details))
    return EditResult(letter.id, new.id, letter.consumer)


def _editable(work: UnitOfWork, letter_id: str) -> DeadLetter:
    letter = work.letter_actions.lock(letter_id)
    if letter.state is not LetterState.OPEN:
        raise EditRefusedError(
            f"Dead letter {letter.id} is {where_it_is(work, letter)}; only one that waits can be edited."
        )
    if stands_for_order(letter):
        in_store = ("--store", letter.store_id or "")
        explain = command_line("orders explain", letter.amazon_order_id or "", options=in_store)
        raise EditRefusedError(
            f"Order {letter.amazon_order_id} is blocked, which no edit of a message mends: see `{explain}`."
        )
    return letter


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
    """Raise EditRefusedError where what a letter stands for would be left without one.

    Most letters stand for a message. Others stand for what is in the ledger: a parcel, an order, a request.
    """
    try:
        before = decode(old)
    except (UnreadableMessageError, InvalidEventError):
        return
    of_message = letter.id == id_of_letter(message_identity(letter.consumer, before.key))
    if not of_message and _subject(before) != _subject(event):
        raise EditRefusedError(
            f"Dead letter {letter.id} stands for {_named(before)}, which an edited message about another would leave"
            " without one; publish that message by `crossdock publish`, and discard this letter if it was a mistake."
        )


def _subject(event: Event) -> tuple[OrderKey | None, str | None]:
    return event.order, getattr(event.payload, "shipment_id", None)


def _named(event: Event) -> str:
    order, shipment_id = _subject(event)
    of_order = f"order {order[1]} of store {order[0]}" if order else "what it tells of"
    return f"shipment {shipment_id} of {of_order}" if shipment_id else of_order


def _as_new(event: Event, old: Message, new_body: bytes) -> Message:
    """Return the edited message as an event of its own."""
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
    )


def _id_of(message: Message) -> str:
    """Return a message's id: the one it was sent with, or that in its body, readable or not; nothing without one."""
    try:
        body = read_json(message.body)
    except ValueError:
        body = None
    inside = body.get("id") if isinstance(body, dict) else None
    return message.id or (inside[:200] if isinstance(inside, str) else "")


def _replace(work: UnitOfWork, letter: DeadLetter, old: Message, new: Message, new_body: bytes) -> None:
    if old.key and letter.consumer in CONSUMERS:
        work.letter_actions.supersede(letter.consumer, old.key, old.epoch)
        work.early_events.close([(letter.consumer, old.key)])
    work.outbox.put([new._replace(to=target_consumer(letter))])
    work.letter_actions.replace(letter.id, new.id, difference(old.body, new_body).encode())


def difference(old: bytes, new: bytes) -> str:
    """Return what was changed, as a unified diff of both bodies, laid out where they are JSON."""
    return "\n".join(unified_diff(_lines(old), _lines(new), "before", "after", lineterm=""))


def _lines(body: bytes) -> list[str]:
    try:
        return json.dumps(read_json(body), indent=2, ensure_ascii=False).splitlines()
    except ValueError:
        return body.decode(errors="replace").splitlines()
