"""Commerce's shipments as parcels of Amazon orders: whose order it is, and which of its lines are in the parcel."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from gateways.commerce.shipments import UNNAMED, ShippedItem, ShopShipment
from gateways.errors import UnreadableInputError
from ledger.errors import AmbiguousOrderError
from ledger.unit_of_work import UnitOfWork
from schemas.order import Order, OrderKey, ParcelItem
from schemas.payloads import CommerceShipped
from schemas.store import Store
from schemas.validation_text import describe_errors


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a shipment is: the store and the order, where it is recorded.

    `is_foreign`: the shipment is of an order that is not Amazon's. Without store and order it is of Amazon's, and
    which store has it is unknown.
    """

    store: Store | None = None
    order: Order | None = None
    amazon_order_id: str | None = None

    @property
    def is_foreign(self) -> bool:
        """Whether the shipment is of an order of another origin than Amazon."""
        return self.amazon_order_id is None

    @property
    def key(self) -> OrderKey | None:
        """The order's key, None where its store is unknown."""
        return (self.store.store_id, self.amazon_order_id) if self.store and self.amazon_order_id else None

    @property
    def requires_tracking(self) -> bool:
        """Whether the store's settings require a tracking number."""
        return self.store is None or self.store.settings.require_tracking

    @property
    def ship_by(self) -> datetime | None:
        """Until when the order has to be shipped, where that is known."""
        return self.order.latest_ship_date if self.order else None


def find_owners(work: UnitOfWork, shipments: Sequence[ShopShipment]) -> dict[int, Owner]:
    """Return the owner of each shipment, by the shipment's id."""
    stores = work.stores.all()
    return {shipment.shipment_id: _owner(work, shipment, stores) for shipment in shipments}


def _owner(work: UnitOfWork, shipment: ShopShipment, stores: Sequence[Store]) -> Owner:
    order_id = shipment.amazon_order_id
    if order_id is None:
        return Owner()
    try:
        order = work.orders.find(order_id)
    except AmbiguousOrderError:
        return Owner(amazon_order_id=order_id)
    if order is not None:
        by_id = {store.store_id: store for store in stores}
        return Owner(by_id.get(order.store_id), order, order_id)
    # An order that Crossdock created before its ledger was lost, say: its event waits until the order is recorded.
    return Owner(stores[0] if len(stores) == 1 else None, None, order_id)


def parcel_of(shipment: ShopShipment, owner: Owner) -> CommerceShipped:
    """Return the event of a shipment. Raises UnreadableInputError with the reason why it is none."""
    if owner.key is None:
        raise UnreadableInputError(
            f"Shipment {shipment.shipment_id} is of the Amazon order {shipment.amazon_order_id}, which is not recorded,"
            " or is in several stores; publish commerce.shipped for its store."
        )
    track = shipment.track
    try:
        return CommerceShipped(
            store_id=owner.key[0],
            amazon_order_id=owner.key[1],
            shipment_id=str(shipment.shipment_id),
            shipped_at=shipment.shipped_at,
            carrier_code=track.carrier_code if track else UNNAMED,
            carrier_name=track.carrier_name if track else None,
            tracking_number=track.number if track else None,
            items=_parcel_items(shipment, owner.order),
        )
    except ValidationError as error:
        reason = describe_errors(error)
        raise UnreadableInputError(f"Shipment {shipment.shipment_id} of Commerce is no parcel: {reason}.") from None


def _parcel_items(shipment: ShopShipment, order: Order | None) -> tuple[ParcelItem, ...]:
    left = _left(shipment, order)
    packed: Counter[str] = Counter()
    for item in shipment.items:
        if not item.order_item_ids:
            raise UnreadableInputError(
                f"Shipment {shipment.shipment_id} has an item that is of no line of the Amazon order"
                f" {shipment.amazon_order_id}, such as one that was added in Commerce; publish commerce.shipped for"
                " what Amazon is to know."
            )
        packed.update(_split(item, left))
    return tuple(ParcelItem(order_item_id=item_id, quantity=quantity) for item_id, quantity in packed.items())


def _left(shipment: ShopShipment, order: Order | None) -> Counter[str]:
    """Return how much of each line is in no other parcel."""
    left: Counter[str] = Counter()
    if order is not None:
        left.update({line.order_item_id: line.quantity for line in order.lines})
        others = [parcel for parcel in order.parcels if parcel.shipment_id != str(shipment.shipment_id)]
        left.subtract({item.order_item_id: item.quantity for parcel in others for item in parcel.items or ()})
    return left


def _split(item: ShippedItem, left: Counter[str]) -> dict[str, int]:
    """Return the quantity of each line in an item; Commerce joins lines of one product, the first is filled first."""
    *others, last = item.order_item_ids
    quantities, rest = {}, item.quantity
    for item_id in others:
        quantities[item_id] = min(rest, max(0, left[item_id]))
        rest -= quantities[item_id]
    return {item_id: quantity for item_id, quantity in {**quantities, last: rest}.items() if quantity}
