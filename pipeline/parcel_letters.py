"""Parcels that wait for what their order lacks: one letter each, as long as they do, whatever made or ended it.

It goes by the order's state, as the letters of blocked and of changed orders do. A parcel can become empty by what is
told of another, and be served by a report; which event comes last is chance.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from events.envelope import derived_id, encode
from handlers.rules.incomplete_parcels import incomplete_parcels
from ledger.unit_of_work import UnitOfWork
from pipeline.deciding import DecidedEvent, OrderChange, OrderChanges
from pipeline.parsing import letter_identity
from schemas.dead_letters import DeadLetterType, NewLetter, parcel_identity
from schemas.order import Order, Parcel
from schemas.payloads import CommerceShipped

_SHIPPING = "commerce-shipped"


class _Waiting(NamedTuple):
    """A parcel that waits: what is told of it, as it counts now, and what it waits for."""

    told: CommerceShipped
    why: str


def rejected_identity(consumer: str, ruling: DecidedEvent) -> str:
    """Return the identity of a rejected event's letter: that of its parcel if this waits, else the event's own."""
    return _parcel_of(ruling) or letter_identity(consumer, ruling.event)


def is_reported_already(ruling: DecidedEvent) -> bool:
    """Tell whether an event says nothing new of a parcel that waits, so that there is a letter, or nobody wants one.

    What a person edited is new whatever it says: it stands for the letter that it replaced.
    """
    return ruling.decision.order is None and _parcel_of(ruling) is not None and not ruling.event.by_operator


def write_waiting(work: UnitOfWork, rulings: Sequence[DecidedEvent], changes: OrderChanges) -> None:
    """Set aside a letter for each parcel that waits, unless it has one that says so; settle those that no longer do.

    Call it last: events that told of their parcels themselves have their letters, and may have settled others.
    """
    said: dict[str, _Waiting] = {}
    for order in (change.stored for change in changes.values() if change.stored):
        said |= _waiting(order)
    for ruling in rulings:
        said |= _told(ruling)
    after = {change.after.key: _waiting(change.after) for change in changes.values()}
    work.dead_letters.save([letter for key, now in after.items() for letter in _letters(work, changes[key], now, said)])
    work.dead_letters.resolve(said.keys() - {one for now in after.values() for one in now})


def _parcel_of(ruling: DecidedEvent) -> str | None:
    """Return the identity of the parcel that an event tells of, if it is rejected because that waits."""
    event, order, why = ruling.event, ruling.decision.order or ruling.before, ruling.decision.rejection
    if not (why and order and isinstance(event.payload, CommerceShipped)):
        return None
    shipment_id = event.payload.shipment_id
    return parcel_identity(order.key, shipment_id) if incomplete_parcels(order).get(shipment_id) == why else None


def _told(ruling: DecidedEvent) -> dict[str, _Waiting]:
    """Return what the letter says that an event has by telling of its parcel."""
    one, order = _parcel_of(ruling), ruling.decision.order
    return {one: _waiting(order)[one]} if one and order else {}


def _waiting(order: Order) -> dict[str, _Waiting]:
    """Return an order's parcels that wait, by the identities of their letters."""
    reasons = incomplete_parcels(order)
    return {
        parcel_identity(order.key, parcel.shipment_id): _Waiting(_telling(order, parcel), reasons[parcel.shipment_id])
        for parcel in order.parcels
        if parcel.shipment_id in reasons
    }


def _letters(
    work: UnitOfWork, change: OrderChange, now: Mapping[str, _Waiting], said: Mapping[str, _Waiting]
) -> list[NewLetter]:
    return [_letter(work, change, one, waits) for one, waits in now.items() if waits != said.get(one)]


def _letter(work: UnitOfWork, change: OrderChange, identity: str, waits: _Waiting) -> NewLetter:
    """Return a letter that tells of a parcel as it counts now, to be shown, edited and replayed."""
    cause = change.decided.event
    message = encode(waits.told, derived_id(cause.key, identity, 0), work.now, cause)
    return NewLetter(
        identity=identity,
        letter_type=DeadLetterType.FAILED,
        consumer=_SHIPPING,
        event=message.name,
        reason=waits.why,
        message=message,
        message_key=message.key,
        order=change.after.key,
    )


def _telling(order: Order, parcel: Parcel) -> CommerceShipped:
    facts = parcel.model_dump(include=set(CommerceShipped.model_fields))
    return CommerceShipped(store_id=order.store_id, amazon_order_id=order.amazon_order_id, **facts)
