"""Parcels that wait: those of an order that name items which it lacks, or of which other parcels hold all."""

from handlers.rules.parcels import empty_parcels, missing_items
from schemas.order import Order, Parcel

_NAMED = 3
"""Items that a reason names."""


def incomplete_parcels(order: Order) -> dict[str, str]:
    """Return, by shipment id, what each of them waits for, as it counts now: an earlier telling may be in force."""
    if not order.parcels:
        return {}
    empty = empty_parcels(order)
    reasons = {parcel.shipment_id: _why(order, parcel, empty) for parcel in order.parcels}
    return {shipment_id: why for shipment_id, why in reasons.items() if why}


def _why(order: Order, parcel: Parcel, empty: set[str]) -> str | None:
    if missing := missing_items(order, parcel):
        return (
            f"Shipment {parcel.shipment_id} names items that the order does not have: {_some_of(missing)}; it waits for"
            " a report that brings them, or for a telling of the shipment without them and a later shipped_at."
        )
    if parcel.shipment_id in empty:
        return (
            f"Shipment {parcel.shipment_id} holds nothing: all that was ordered is in other shipments; it waits for a"
            " report of more pieces, or for a telling of one of the shipments with other items and a later shipped_at."
        )
    return None


def _some_of(names: list[str]) -> str:
    """Name the first of many: the whole is in the message, and no reason grows with it."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
