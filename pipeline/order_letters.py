"""Dead letters that mirror an order's state: a blocked order, a difference from Commerce, an incomplete parcel.

Such a letter follows the order and not the events: whichever events arrive, in whichever order, the order has one
letter for each of its problems, resolved when the problem ends. A note would disappear with the next event.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from events.envelope import derived_id, encode
from handlers.rules.blockers import blocked_note
from handlers.rules.commerce_mismatch import mismatch_message
from handlers.rules.incomplete_parcels import incomplete_parcels
from pipeline.deciding import DecidedBatch, DecidedEvent, OrderChange, OrderChanges
from pipeline.parsing import failed_letter, letter_identity
from schemas.blockers import Blocker
from schemas.dead_letters import DeadLetterType, NewLetter, blocked_identity, changed_identity, parcel_identity
from schemas.order import Order, OrderKey, Parcel
from schemas.payloads import CommerceShipped, ImportRequested, Payload

IMPORTER = "importer"
_SHIPPING = "commerce-shipped"


class OrderLetter(NamedTuple):
    """A letter as an order's state defines it; it must be written when it differs from the letter stored.

    `payload` is the content of its message; without one it has the message of the event that changed the order.
    """

    letter_type: DeadLetterType
    reason: str
    payload: Payload | None = None
    blockers: tuple[Blocker, ...] = ()


OrderLetters = dict[str, OrderLetter]
"""Letters by identity."""


class LetterChanges(NamedTuple):
    """The difference between the letters of the stored and of the decided orders: letters to save, and identities."""

    saved: list[NewLetter]
    resolved: set[str]


def letters_of(order: Order) -> OrderLetters:
    """Return the letters that an order's state requires."""
    letters: OrderLetters = {}
    if order.blockers:
        payload = ImportRequested(store_id=order.store_id, amazon_order_id=order.amazon_order_id)
        note = blocked_note(order.blockers)  # the order's own note may be about a later event
        letters[blocked_identity(order.key)] = OrderLetter(DeadLetterType.BLOCKED, note, payload, order.blockers)
    if difference := mismatch_message(order):
        letters[changed_identity(order.key, difference)] = OrderLetter(DeadLetterType.FAILED, difference)
    if order.parcels:
        letters |= _parcel_letters(order)
    return letters


def letter_changes(
    consumer: str, decided: DecidedBatch, changes: OrderChanges, now: datetime, incarnation: str
) -> LetterChanges:
    """Return which letters a decided batch saves and resolves. *consumer* is the one that decided, or the operator.

    The ids of their messages are those of `derived_id`.
    """
    own_letters = _letters_of_events(decided)
    saved: list[NewLetter] = []
    resolved: set[str] = set()
    for change in changes.values():
        before = letters_of(change.stored) if change.stored else {}
        before |= own_letters.get(change.after.key, {})
        after = letters_of(change.after)
        written = _new_letters(consumer, change, before, after)
        saved += [_new_letter(consumer, change, identity, letter, now, incarnation) for identity, letter in written]
        resolved |= before.keys() - after.keys()
    return LetterChanges(saved, resolved)


def rejected_identity(consumer: str, ruling: DecidedEvent) -> str:
    """Return the identity of a rejected event's letter: that of its parcel if it is incomplete, else the event's."""
    return _rejected_parcel(ruling) or letter_identity(consumer, ruling.event)


def is_reported_already(ruling: DecidedEvent) -> bool:
    """Whether a rejected event repeats a parcel known to be incomplete: its letter exists, or is discarded.

    An operator's edit is never a repeat: it replaces a letter, and becomes one if it is rejected.
    """
    return ruling.decision.order is None and _rejected_parcel(ruling) is not None and not ruling.event.by_operator


def _rejected_parcel(ruling: DecidedEvent) -> str | None:
    """Return the identity of an event's parcel if the event is rejected because the parcel is incomplete."""
    event, order, reason = ruling.event, ruling.decision.order or ruling.before, ruling.decision.rejection
    if not (reason and order and isinstance(event.payload, CommerceShipped)):
        return None
    shipment_id = event.payload.shipment_id
    return parcel_identity(order.key, shipment_id) if incomplete_parcels(order).get(shipment_id) == reason else None


def _letters_of_events(decided: DecidedBatch) -> Mapping[OrderKey, OrderLetters]:
    """Return the letters of incomplete parcels that their own, rejected events are saved as, by order."""
    letters: dict[OrderKey, OrderLetters] = defaultdict(dict)
    for ruling in decided.events:
        order = ruling.decision.order
        if order and (identity := _rejected_parcel(ruling)):
            letters[order.key][identity] = _parcel_letters(order)[identity]
    return letters


def _parcel_letters(order: Order) -> OrderLetters:
    reasons = incomplete_parcels(order)
    return {
        parcel_identity(order.key, parcel.shipment_id): OrderLetter(
            DeadLetterType.FAILED, reasons[parcel.shipment_id], _shipped(order, parcel)
        )
        for parcel in order.parcels
        if parcel.shipment_id in reasons
    }


def _shipped(order: Order, parcel: Parcel) -> CommerceShipped:
    """Return the event of a parcel in the version that counts: that of a later event, whichever event came last."""
    facts = parcel.model_dump(include=set(CommerceShipped.model_fields))
    return CommerceShipped(store_id=order.store_id, amazon_order_id=order.amazon_order_id, **facts)


def _new_letters(
    consumer: str, change: OrderChange, before: OrderLetters, after: OrderLetters
) -> Iterator[tuple[str, OrderLetter]]:
    for identity, letter in after.items():
        # Each try of the importer is one more attempt, even if the blockers are the same.
        is_new_attempt = letter.letter_type is DeadLetterType.BLOCKED and consumer == IMPORTER
        if is_new_attempt or letter != before.get(identity):
            yield identity, letter


def _new_letter(
    consumer: str, change: OrderChange, identity: str, letter: OrderLetter, now: datetime, incarnation: str
) -> NewLetter:
    event = change.decided.event
    if letter.payload is None:
        return replace(failed_letter(consumer, event, letter.reason), identity=identity)
    message = encode(letter.payload, derived_id(event.key, identity, 0, incarnation), now, event)
    is_blocked = letter.letter_type is DeadLetterType.BLOCKED
    return NewLetter(
        identity=identity,
        letter_type=letter.letter_type,
        consumer=IMPORTER if is_blocked else _SHIPPING,
        event=message.name,
        reason=letter.reason,
        message=message,
        message_key=None if is_blocked else message.key,  # a blocked order's letter is about no single message
        order=change.after.key,
        causes=tuple(blocker.cause for blocker in letter.blockers),
    )
