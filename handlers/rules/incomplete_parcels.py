"""Incomplete parcels: those with items that their order lacks, and those whose items are all in other parcels."""

from handlers.rules.parcels import empty_parcels, missing_items
from schemas.order import Order, Parcel

_MAX_NAMED = 3
"""Items that a reason names, at most."""


def incomplete_parcels(order: Order) -> dict[str, str]:
    """Return the reason and the solution of each incomplete parcel of the order, by shipment id."""
    if not order.parcels:
        return {}
    empty, missing = empty_parcels(order), missing_items(order)
    reasons = {parcel.shipment_id: _reason(parcel, missing[parcel.shipment_id], empty) for parcel in order.parcels}
    return {shipment_id: reason for shipment_id, reason in reasons.items() if reason}


def _reason(parcel: Parcel, missing: list[str], empty: set[str]) -> str | None:
    if missing:
        return (
            f"Shipment {parcel.shipment_id} has items that the order lacks: {_first_names(missing)}."
            " Publish an Amazon report with these items, or the shipment without them and with a later shipped_at."
        )
    if parcel.shipment_id in empty:
        return (
            f"Shipment {parcel.shipment_id} is empty: everything ordered is in other shipments. Publish an Amazon"
            " report of a higher quantity, or one of the shipments with other items and a later shipped_at."
        )
    return None


def _first_names(names: list[str]) -> str:
    """Return the first names and the number of others: the message has all of them, and the reason stays short."""
    more = len(names) - _MAX_NAMED
    return ", ".join(names[:_MAX_NAMED]) + (f" and {more:,} more" if more > 0 else "")
