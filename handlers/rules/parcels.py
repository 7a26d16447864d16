"""What is in each parcel, and how much of an order Commerce has shipped."""

from schemas.order import Order, Parcel, ParcelItem
from schemas.status import AmazonStatus


def contents(order: Order) -> dict[str, tuple[ParcelItem, ...]]:
    """Return what is in each parcel, by shipment id.

    Parcels that name their items are served first, by time of shipping; one that names none holds everything that
    is left. No parcel holds more of a line than was ordered, nor anything of a line that no report has told yet.
    The order of arrival makes no difference.
    """
    if not order.parcels:
        return {}
    left = {line.order_item_id: line.quantity for line in order.lines}
    by_amazon = order.amazon_ids
    by_time = sorted(order.parcels, key=lambda parcel: (parcel.items is None, parcel.shipped_at, parcel.shipment_id))
    return {parcel.shipment_id: _pack(_wanted(parcel, left, by_amazon), left) for parcel in by_time}


def _pack(wanted: list[tuple[str, int]], left: dict[str, int]) -> tuple[ParcelItem, ...]:
    packed = []
    for order_item_id, quantity in wanted:
        taken = min(quantity, left.get(order_item_id, 0))
        if taken:
            left[order_item_id] -= taken
            packed.append(ParcelItem(order_item_id=order_item_id, quantity=taken))
    return tuple(packed)


def _wanted(parcel: Parcel, left: dict[str, int], by_amazon: dict[str, str]) -> list[tuple[str, int]]:
    if parcel.items is None:
        return list(left.items())
    return [(by_amazon.get(item.order_item_id, item.order_item_id), item.quantity) for item in parcel.items]


def shipped_quantities(order: Order) -> dict[str, int]:
    """Return the pieces that Commerce shipped, by order item id."""
    shipped = {line.order_item_id: 0 for line in order.lines}
    for packed in contents(order).values():
        for item in packed:
            shipped[item.order_item_id] += item.quantity
    return shipped


def missing_items(order: Order, parcel: Parcel) -> list[str]:
    """Return the order item ids that a parcel names and the order does not have, or not yet."""
    known = {line.order_item_id for line in order.lines} | order.amazon_ids.keys()
    return [item.order_item_id for item in parcel.items or () if item.order_item_id not in known]


def empty_parcels(order: Order) -> set[str]:
    """Return the shipment ids of parcels of which others hold all; of a canceled order nobody asks that."""
    if order.amazon_status is AmazonStatus.CANCELED:
        return set()
    return {shipment_id for shipment_id, packed in contents(order).items() if not packed}


def needs_confirmation(parcel: Parcel, packed: tuple[ParcelItem, ...]) -> bool:
    """Tell whether Amazon does not know of a parcel, nor of what is in it, as it is now."""
    return bool(packed) and (parcel.changed_since_confirmed or packed != parcel.confirmed_items)


def has_shrunk(packed: tuple[ParcelItem, ...], told: tuple[ParcelItem, ...]) -> bool:
    """Tell whether of any line fewer pieces are in a parcel than were told."""
    now = {item.order_item_id: item.quantity for item in packed}
    return any(now.get(item.order_item_id, 0) < item.quantity for item in told)


def add_parcel(order: Order, parcel: Parcel) -> Order:
    """Return the order with the parcel, or with the later of two tellings of the same parcel."""
    others = tuple(known for known in order.parcels if known.shipment_id != parcel.shipment_id)
    same = next((known for known in order.parcels if known.shipment_id == parcel.shipment_id), None)
    if same:
        parcel = _later(same, parcel)
    return order.model_copy(update={"parcels": tuple(sorted((*others, parcel), key=lambda p: p.shipment_id))})


def _later(known: Parcel, told: Parcel) -> Parcel:
    """Return the later telling. What Amazon believes to be inside stays true of it, whatever else was corrected."""
    if _telling(told) <= _telling(known):
        return known
    retold = known.confirmed_items is not None
    return told.model_copy(update={"confirmed_items": known.confirmed_items, "changed_since_confirmed": retold})


def _telling(parcel: Parcel) -> tuple[str, str]:
    return parcel.shipped_at.isoformat(), parcel.model_dump_json(exclude={"confirmed_items", "changed_since_confirmed"})


def confirm(order: Order, shipment_id: str) -> Order:
    """Return the order with what Amazon now knows of a parcel."""
    told = {"confirmed_items": contents(order)[shipment_id], "changed_since_confirmed": False}
    parcels = tuple(
        parcel.model_copy(update=told) if parcel.shipment_id == shipment_id else parcel for parcel in order.parcels
    )
    return order.model_copy(update={"parcels": parcels})
