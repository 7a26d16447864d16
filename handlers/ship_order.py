"""commerce.shipped: a parcel left; the order is shipped, or partially, and Amazon is to be told."""

from handlers.decision import Decision, OrderContext
from handlers.rules.incomplete_parcels import incomplete_parcels
from handlers.rules.order_state import derive, follow_ups, is_canceled, unconfirmed
from handlers.rules.parcels import add_parcel
from schemas import payloads
from schemas.gateway_requests import Answer
from schemas.order import Order, Parcel
from schemas.payloads import CommerceShipped, Payload, ShipmentConfirmationRequested
from schemas.store import Store


def decide(known: OrderContext, event: CommerceShipped, answers: tuple[Answer, ...] = ()) -> Decision:
    """Add the parcel to the order; a parcel told again with other contents or tracking replaces the first telling.

    One that names items which the order does not have, or of which other parcels hold all, is kept as well, for a
    report may bring them; but people are told, for it may be wrong.
    """
    before = known.order
    if before is None:
        return Decision(defer=True, note="Waits for the order to be placed.")
    after = derive(add_parcel(before, _parcel(event)), known.store)
    rejected = incomplete_parcels(after).get(event.shipment_id)
    if after == before:
        return Decision(note=f"Shipment {event.shipment_id} was known.", rejection=rejected)
    after = after.model_copy(update={"note": _note(after, event, rejected)})
    shipped = payloads.OrderShipped(
        store_id=after.store_id,
        amazon_order_id=after.amazon_order_id,
        shipment_id=event.shipment_id,
        status=after.status,
    )
    confirmations = _confirmations(before, after, event, known.store)
    return Decision(order=after, note=after.note, follow_ups=(shipped, *confirmations), rejection=rejected)


def _confirmations(before: Order, after: Order, event: CommerceShipped, store: Store) -> tuple[Payload, ...]:
    """Say what follows, and ask to tell Amazon of this parcel in any case: what was asked before may be refused."""
    said = follow_ups(before, after, store)
    this = ShipmentConfirmationRequested(
        store_id=after.store_id, amazon_order_id=after.amazon_order_id, shipment_id=event.shipment_id
    )
    return said if this in said or event.shipment_id not in unconfirmed(after) else (*said, this)


def _parcel(event: CommerceShipped) -> Parcel:
    return Parcel.model_validate(event.model_dump(include=set(Parcel.model_fields)))


def _note(order: Order, event: CommerceShipped, rejected: str | None) -> str:
    if is_canceled(order):
        return f"Shipment {event.shipment_id} left although Amazon had canceled the order: call the parcel back."
    return rejected or f"Status updated to {order.status}."
