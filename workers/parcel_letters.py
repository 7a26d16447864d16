"""Parcels that wait for what their order lacks: one letter each, as long as they do, whatever made or ended it.

It goes by the order's state, as the letters of blocked and of changed orders do. A parcel can become empty by what is
told of another, and be served by a report; which event comes last is chance.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from events.envelope import derived_id, seal
from handlers.waiting_parcels import waiting_parcels
from ledger.unit_of_work import Work
from schemas.letters import LetterClass, NewLetter, parcel_identity
from schemas.message import Message
from schemas.order import Order, Parcel
from schemas.payloads import CommerceShipped
from workers.changes import Change, Changes
from workers.deciding import Ruling
from workers.opening import identity_of

_SHIPPING = "commerce-shipped"


def rejected_identity(consumer: str, ruling: Ruling) -> str:
    """Return the identity of a rejected event's letter: that of its parcel if this waits, else the event's own."""
    return _parcel_of(ruling) or identity_of(consumer, ruling.event)


def write_waiting(work: Work, rulings: Sequence[Ruling], changes: Changes) -> None:
    """Set aside a letter for each parcel that waits, or waits for something else now; settle those that no longer do.

    Call it last: events that told of their parcels themselves have their letters, and may have settled others.
    """
    told = {_parcel_of(ruling) for ruling in rulings if ruling.decision.rejected and ruling.event.order in changes}
    before = _waiting(change.stored for change in changes.values() if change.stored)
    after = _waiting(change.after for change in changes.values())
    news = {one: why for one, why in after.items() if why != before.get(one) and one not in told}
    work.save_letters([letter for change in changes.values() for letter in _letters(work, change, news)])
    work.resolve_letters({one for one in (*before, *told) if one and one not in after})


def _parcel_of(ruling: Ruling) -> str | None:
    """Return the identity of the parcel that an event tells of, if that waits."""
    event, order = ruling.event, ruling.decision.order or ruling.before
    if isinstance(event.payload, CommerceShipped) and order and event.payload.shipment_id in waiting_parcels(order):
        return parcel_identity(order.key, event.payload.shipment_id)
    return None


def _waiting(orders: Iterable[Order]) -> dict[str, str]:
    """Return what parcels wait for, by the identities of their letters."""
    return {
        parcel_identity(order.key, shipment_id): why
        for order in orders
        for shipment_id, why in waiting_parcels(order).items()
    }


def _letters(work: Work, change: Change, news: Mapping[str, str]) -> Iterator[NewLetter]:
    order = change.after
    for parcel in order.parcels:
        identity = parcel_identity(order.key, parcel.shipment_id)
        if identity in news:
            message = _message(work, change, parcel)
            yield NewLetter(
                identity=identity,
                letter_class=LetterClass.FAILED,
                consumer=_SHIPPING,
                event=message.name,
                reason=news[identity],
                message=message,
                message_key=message.key,
                order=order.key,
            )


def _message(work: Work, change: Change, parcel: Parcel) -> Message:
    """Tell of a parcel as it counts now, to be shown, edited and replayed."""
    store_id, amazon_order_id = change.after.key
    facts = parcel.model_dump(include=set(CommerceShipped.model_fields))
    told = CommerceShipped(store_id=store_id, amazon_order_id=amazon_order_id, **facts)
    cause = change.ruling.event
    return seal(told, derived_id(cause.key, f"parcel/{parcel.shipment_id}", 0), work.now, cause)
