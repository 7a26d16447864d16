"""commerce.shipped: adds a parcel to the order and requests its confirmation to Amazon."""

from handlers.decision import Decision, OrderContext
from handlers.rules.incomplete_parcels import incomplete_parcels
from handlers.rules.order_limits import parcel_refusal
from handlers.rules.order_state import derive, follow_ups, is_canceled, unconfirmed
from handlers.rules.parcels import add_parcel, tracking_refusal
from schemas import payloads
from schemas.gateway_requests import Answer
from schemas.order import Order, Parcel, Shipment
from schemas.payloads import CommerceShipped, Payload, ShipmentConfirmationRequested
from schemas.store import Store


def decide(context: OrderContext, event: CommerceShipped, answers: tuple[Answer, ...] = ()) -> Decision:
    """Add the parcel to the order; a later version of a parcel, with other contents or tracking, replaces the earlier.

    A parcel with items that the order lacks, or all of which are in other parcels, is added too, since a later report
    may bring them, and is rejected, since it may be wrong. One without a tracking number is only added where the
    store's settings allow its confirmation.
    """
    before = context.order
    if before is None:
        return Decision(defer=True, note="Deferred until the order is recorded.")
    refusal = tracking_refusal(event, context.store) or parcel_refusal(before, event.shipment_id)
    if refusal:
        return Decision(note=refusal, rejection=refusal)
    after = derive(add_parcel(before, _parcel(event)), context.store)
    rejected = incomplete_parcels(after).get(event.shipment_id)
    if after == before:
        return Decision(note=f"Shipment {event.shipment_id} changed nothing.", rejection=rejected)
    after = after.model_copy(update={"note": _note(after, event, rejected)})
    shipped = payloads.OrderShipped.of(after.key, shipment_id=event.shipment_id, status=after.status)
    confirmations = _confirmations(before, after, event, context.store)
    return Decision(order=after, note=after.note, follow_ups=(shipped, *confirmations), rejection=rejected)


def _confirmations(before: Order, after: Order, event: CommerceShipped, store: Store) -> tuple[Payload, ...]:
    """Return the follow-ups, always with the confirmation of this parcel: an earlier request may have been refused."""
    requests = follow_ups(before, after, store)
    confirmation = ShipmentConfirmationRequested.of(after.key, shipment_id=event.shipment_id)
    if confirmation in requests or event.shipment_id not in unconfirmed(after):
        return requests
    return (*requests, confirmation)


def _parcel(event: CommerceShipped) -> Parcel:
    return Parcel.model_validate(event.model_dump(include=set(Shipment.model_fields)))


def _note(order: Order, event: CommerceShipped, rejected: str | None) -> str:
    if is_canceled(order):
        return f"Shipment {event.shipment_id} left although Amazon had canceled the order: call the parcel back."
    return rejected or f"Status updated to {order.status}."
