"""commerce.shipped: a parcel left; the order is shipped, or partially, and Amazon is to be told."""

from handlers.decision import Decision, Known
from handlers.parcels import add_parcel
from handlers.standing import follow_ups, is_canceled, settle, unconfirmed
from schemas import payloads
from schemas.order import Order, Parcel
from schemas.payloads import CommerceShipped, Payload, ShipmentConfirmationRequested
from schemas.requests import Answer
from schemas.store import Store

_NAMED = 3
"""Items that a reason names."""


def decide(known: Known, event: CommerceShipped, answers: tuple[Answer, ...] = ()) -> Decision:
    """Add the parcel to the order; a parcel told again with other contents or tracking replaces the first telling."""
    before = known.order
    if before is None:
        return Decision(early=True, note="Waits for the order to be placed.")
    unknown = _unknown_items(before, event)
    if unknown:
        return Decision(rejected=f"Shipment {event.shipment_id} names items that the order does not have: {unknown}.")
    after = settle(add_parcel(before, _parcel(event)), known.store)
    if after == before:
        return Decision(note=f"Shipment {event.shipment_id} was known.")
    after = after.model_copy(update={"note": _note(after, event)})
    shipped = payloads.OrderShipped(
        store_id=after.store_id,
        amazon_order_id=after.amazon_order_id,
        shipment_id=event.shipment_id,
        status=after.status,
    )
    return Decision(
        order=after, note=after.note, follow_ups=(shipped, *_confirmations(before, after, event, known.store))
    )


def _confirmations(before: Order, after: Order, event: CommerceShipped, store: Store) -> tuple[Payload, ...]:
    """Say what follows, and ask to tell Amazon of this parcel in any case: what was asked before may be refused."""
    said = follow_ups(before, after, store)
    this = ShipmentConfirmationRequested(
        store_id=after.store_id, amazon_order_id=after.amazon_order_id, shipment_id=event.shipment_id
    )
    return said if this in said or event.shipment_id not in unconfirmed(after) else (*said, this)


def _unknown_items(order: Order, event: CommerceShipped) -> str:
    known = {line.order_item_id for line in order.lines}
    return _some_of([item.order_item_id for item in event.items or () if item.order_item_id not in known])


def _some_of(names: list[str]) -> str:
    """Name the first of many: the whole is in the message, and no reason grows with it."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _parcel(event: CommerceShipped) -> Parcel:
    return Parcel.model_validate(event.model_dump(include=set(Parcel.model_fields)))


def _note(order: Order, event: CommerceShipped) -> str:
    if is_canceled(order):
        return f"Shipment {event.shipment_id} left although Amazon had canceled the order: call the parcel back."
    return f"Status updated to {order.status}."
