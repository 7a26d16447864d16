"""The contents of an order's parcels, and the quantities that Commerce has shipped."""

from schemas.order import Order, Parcel, ParcelItem, Shipment
from schemas.status import AmazonStatus
from schemas.store import Store


def contents(order: Order) -> dict[str, tuple[ParcelItem, ...]]:
    """Return the contents of each parcel, by shipment id.

    Quantities are assigned to parcels with items first, by time of shipping; a parcel without items contains everything
    that is left. No parcel contains more of a line than was ordered, nor any of a line that no report has brought
    yet. The order of arrival makes no difference.
    """
    if not order.parcels:
        return {}
    left = {line.order_item_id: line.quantity for line in order.lines}
    amazon_ids = order.amazon_ids
    by_time = sorted(order.parcels, key=lambda parcel: (parcel.items is None, parcel.shipped_at, parcel.shipment_id))
    return {parcel.shipment_id: _take(_quantities_wanted(parcel, left, amazon_ids), left) for parcel in by_time}


def _take(quantities: list[tuple[str, int]], left: dict[str, int]) -> tuple[ParcelItem, ...]:
    """Return the *quantities*, as far as they are left, and subtract them from *left*."""
    packed = []
    for order_item_id, quantity in quantities:
        taken = min(quantity, left.get(order_item_id, 0))
        if taken:
            left[order_item_id] -= taken
            packed.append(ParcelItem(order_item_id=order_item_id, quantity=taken))
    return tuple(packed)


def _quantities_wanted(parcel: Parcel, left: dict[str, int], amazon_ids: dict[str, str]) -> list[tuple[str, int]]:
    if parcel.items is None:
        return list(left.items())
    return [(amazon_ids.get(item.order_item_id, item.order_item_id), item.quantity) for item in parcel.items]


def shipped_quantities(order: Order) -> dict[str, int]:
    """Return the quantities that Commerce shipped, by order item id."""
    shipped = {line.order_item_id: 0 for line in order.lines}
    for packed in contents(order).values():
        for item in packed:
            shipped[item.order_item_id] += item.quantity
    return shipped


def missing_items(order: Order) -> dict[str, list[str]]:
    """Return each parcel's order item ids that the order lacks, or does not have yet, by shipment id."""
    existing = {line.order_item_id for line in order.lines} | order.amazon_ids.keys()
    return {
        parcel.shipment_id: [item.order_item_id for item in parcel.items or () if item.order_item_id not in existing]
        for parcel in order.parcels
    }


def empty_parcels(order: Order) -> set[str]:
    """Return the shipment ids of parcels whose items are all in others; none of a canceled order."""
    if order.amazon_status is AmazonStatus.CANCELED:
        return set()
    return {shipment_id for shipment_id, packed in contents(order).items() if not packed}


def needs_confirmation(parcel: Parcel, packed: tuple[ParcelItem, ...]) -> bool:
    """Whether the parcel, with these contents, is not confirmed to Amazon as it is now."""
    return bool(packed) and (parcel.changed_since_confirmed or packed != parcel.confirmed_items)


def has_shrunk(packed: tuple[ParcelItem, ...], confirmed: tuple[ParcelItem, ...]) -> bool:
    """Whether a parcel contains less of any line than was confirmed."""
    now = {item.order_item_id: item.quantity for item in packed}
    return any(now.get(item.order_item_id, 0) < item.quantity for item in confirmed)


def tracking_refusal(parcel: Shipment, store: Store) -> str | None:
    """Return why a parcel without tracking number is not confirmed to Amazon, None where it may be."""
    if parcel.tracking_number or not store.settings.require_tracking:
        return None
    return (
        f"Shipment {parcel.shipment_id} has no tracking number, and store {store.store_id} confirms none to Amazon "
        "without one: publish it again with its number, or turn off the store's setting require_tracking."
    )


def add_parcel(order: Order, parcel: Parcel) -> Order:
    """Return the order with the parcel, or with the later of two versions of the same parcel."""
    others = tuple(other for other in order.parcels if other.shipment_id != parcel.shipment_id)
    existing = next((other for other in order.parcels if other.shipment_id == parcel.shipment_id), None)
    if existing:
        parcel = _later(existing, parcel)
    return order.model_copy(update={"parcels": tuple(sorted((*others, parcel), key=lambda p: p.shipment_id))})


def _later(existing: Parcel, reported: Parcel) -> Parcel:
    """Return the later version, with the existing one's confirmed items: Amazon still has those."""
    if _version(reported) <= _version(existing):
        return existing
    changed = existing.confirmed_items is not None
    return reported.model_copy(update={"confirmed_items": existing.confirmed_items, "changed_since_confirmed": changed})


def _version(parcel: Parcel) -> tuple[str, str]:
    """Return the sort key of a parcel's versions: by time of shipping, then by their content."""
    return parcel.shipped_at.isoformat(), parcel.model_dump_json(exclude={"confirmed_items", "changed_since_confirmed"})


def confirm(order: Order, shipment_id: str) -> Order:
    """Return the order with the parcel's present contents as confirmed to Amazon."""
    facts = {"confirmed_items": contents(order)[shipment_id], "changed_since_confirmed": False}
    parcels = tuple(
        parcel.model_copy(update=facts) if parcel.shipment_id == shipment_id else parcel for parcel in order.parcels
    )
    return order.model_copy(update={"parcels": parcels})
