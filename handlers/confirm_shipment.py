"""shipment.confirmation_requested: confirms a parcel to Amazon with its present carrier, tracking number and contents.

A confirmed parcel is confirmed again: another process may have sent an earlier version of it, and that request may
reach Amazon after the one with the later version.
"""

from handlers.decision import Decision, OrderContext
from handlers.rules.order_state import confirmed, derive, follow_ups, unconfirmed
from handlers.rules.parcels import confirm, contents, tracking_refusal
from schemas import payloads
from schemas.gateway_requests import Answer, ConfirmShipment, RequestRefused
from schemas.order import Order
from schemas.payloads import ShipmentConfirmationRequested


def ask(
    context: OrderContext, event: ShipmentConfirmationRequested, answers: tuple[Answer, ...]
) -> ConfirmShipment | None:
    """Request the confirmation, also of a confirmed parcel: only Amazon knows which version reached it last."""
    order = context.order
    if order is None or answers or event.shipment_id not in (*unconfirmed(order), *confirmed(order)):
        return None
    parcel = next(parcel for parcel in order.parcels if parcel.shipment_id == event.shipment_id)
    if tracking_refusal(parcel, context.store):
        return None
    return ConfirmShipment(order.key, order.marketplace_id, parcel, contents(order)[event.shipment_id])


def decide(context: OrderContext, event: ShipmentConfirmationRequested, answers: tuple[Answer, ...]) -> Decision:
    """Record the confirmation, or Amazon's refusal."""
    order = context.order
    if order is None:
        return Decision(rejection="The order is not recorded; publish order.placed for it first.")
    match answers:
        case ():
            return _not_sent(context, order, event.shipment_id)
        case (*_, RequestRefused(reason=reason)):
            note = f"Amazon refused shipment {event.shipment_id}: {reason}"
            return Decision(order.model_copy(update={"note": note}), note, rejection=note, suppress_reminder=True)
    if event.shipment_id in confirmed(order):
        return Decision(note=f"Shipment {event.shipment_id} was confirmed to Amazon before.")
    note = f"Shipment {event.shipment_id} confirmed to Amazon."
    after = derive(confirm(order, event.shipment_id), context.store, note=note)
    announcement = payloads.ShipmentConfirmed.of(after.key, shipment_id=event.shipment_id)
    return Decision(after, note, (announcement, *follow_ups(order, after, context.store)))


def _not_sent(context: OrderContext, order: Order, shipment_id: str) -> Decision:
    """Reject a parcel that the store's settings refuse since it was added; of another one note that nothing is due."""
    parcel = next((parcel for parcel in order.parcels if parcel.shipment_id == shipment_id), None)
    refusal = parcel and shipment_id in unconfirmed(order) and tracking_refusal(parcel, context.store)
    if not refusal:
        return Decision(note=f"Nothing to confirm for shipment {shipment_id}.")
    return Decision(order.model_copy(update={"note": refusal}), refusal, rejection=refusal, suppress_reminder=True)
