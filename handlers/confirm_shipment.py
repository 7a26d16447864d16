"""shipment.confirmation_requested: Amazon is told of a parcel, its carrier and tracking number, as it is now.

Amazon is told again of what it knows already: another process may have asked with an earlier telling of the parcel, and
been overtaken on its way there by the later one.
"""

from handlers.decision import Decision, OrderContext
from handlers.rules.order_state import confirmed, derive, follow_ups, unconfirmed
from handlers.rules.parcels import confirm, contents
from schemas import payloads
from schemas.gateway_requests import Answer, ConfirmShipment, RequestRefused
from schemas.payloads import ShipmentConfirmationRequested


def ask(
    known: OrderContext, event: ShipmentConfirmationRequested, answers: tuple[Answer, ...]
) -> ConfirmShipment | None:
    """Tell Amazon of the parcel, even if it seems to know: what it was told last is known to nobody but itself."""
    order = known.order
    if order is None or answers or event.shipment_id not in (*unconfirmed(order), *confirmed(order)):
        return None
    parcel = next(parcel for parcel in order.parcels if parcel.shipment_id == event.shipment_id)
    return ConfirmShipment(order.key, order.marketplace_id, parcel, contents(order)[event.shipment_id])


def decide(known: OrderContext, event: ShipmentConfirmationRequested, answers: tuple[Answer, ...]) -> Decision:
    """Write down that Amazon knows of the parcel, or why it will not."""
    order = known.order
    if order is None:
        return Decision(rejection="The order is not recorded; publish order.placed for it first.")
    match answers:
        case ():
            return Decision(note=f"Nothing to confirm for shipment {event.shipment_id}.")
        case (*_, RequestRefused(reason=reason)):
            note = f"Amazon refused shipment {event.shipment_id}: {reason}"
            return Decision(order.model_copy(update={"note": note}), note, rejection=note, suppress_reminder=True)
    if event.shipment_id in confirmed(order):
        return Decision(note=f"Shipment {event.shipment_id} was known to Amazon.")
    note = f"Shipment {event.shipment_id} confirmed to Amazon."
    after = derive(confirm(order, event.shipment_id), known.store, note=note)
    told = payloads.ShipmentConfirmed(
        store_id=after.store_id, amazon_order_id=after.amazon_order_id, shipment_id=event.shipment_id
    )
    return Decision(after, note, (told, *follow_ups(order, after, known.store)))
