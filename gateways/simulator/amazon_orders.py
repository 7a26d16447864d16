"""The simulated Amazon's side of an order: what was placed, the parcels it was told of, and whether it is canceled."""

from collections import Counter
from collections.abc import Collection, Mapping
from hashlib import blake2b

from pydantic import BaseModel, ConfigDict

from gateways.simulator.documents import DocumentTransaction
from schemas.order import OrderKey, Parcel, ParcelItem
from schemas.payloads import OrderPlaced
from schemas.status import Channel

MARKET = "amazon.order"


class AmazonParcel(BaseModel):
    """A parcel as Amazon knows it; `times_told` counts its confirmations, of which all but the first edit it."""

    model_config = ConfigDict(frozen=True)

    package_reference_id: str
    carrier_code: str
    tracking_number: str
    items: tuple[ParcelItem, ...]
    times_told: int


class MarketOrder(BaseModel):
    """One order on the marketplace. Without a channel it was placed elsewhere and its items are not known here.

    `quantities` is the pieces ordered by order item, `parcels` what Amazon was told by shipment id.
    """

    model_config = ConfigDict(frozen=True)

    store_id: str
    amazon_order_id: str
    channel: Channel | None = None
    quantities: dict[str, int] = {}
    parcels: dict[str, AmazonParcel] = {}
    cancel_reason: str | None = None
    cancel_reported: bool = False

    @property
    def key(self) -> OrderKey:
        """The order's key."""
        return self.store_id, self.amazon_order_id

    @property
    def told(self) -> Counter[str]:
        """Pieces by order item that Amazon was told are in parcels."""
        pieces: Counter[str] = Counter()
        for item in (item for parcel in self.parcels.values() for item in parcel.items):
            pieces[item.order_item_id] += item.quantity
        return pieces

    def with_parcel(self, parcel: Parcel, items: tuple[ParcelItem, ...]) -> "MarketOrder":
        """Return the order with this parcel in it, in place of what was told of the same shipment before."""
        before = self.parcels.get(parcel.shipment_id)
        told = AmazonParcel(
            package_reference_id=package_reference_id(parcel.shipment_id),
            carrier_code=parcel.carrier_code,
            tracking_number=parcel.tracking_number,
            items=items,
            times_told=before.times_told + 1 if before else 1,
        )
        return self.model_copy(update={"parcels": {**self.parcels, parcel.shipment_id: told}})


def placed(order: OrderPlaced) -> MarketOrder:
    """Return the marketplace's record of an order that is placed now."""
    return MarketOrder(
        store_id=order.store_id,
        amazon_order_id=order.amazon_order_id,
        channel=order.fulfillment_channel,
        quantities={item.order_item_id: item.quantity for item in order.items},
    )


def package_reference_id(shipment_id: str) -> str:
    """Return the string of digits by which Amazon tells parcels apart, always the same for a shipment."""
    return str(int.from_bytes(blake2b(shipment_id.encode(), digest_size=6).digest()))


def read_market(book: DocumentTransaction, keys: Collection[OrderKey]) -> dict[OrderKey, MarketOrder]:
    """Return what the marketplace knows of these orders."""
    found = book.get_many(MARKET, sorted({_id(key) for key in keys}), lock=False) if keys else {}
    orders = (MarketOrder.model_validate(document) for document in found.values())
    return {order.key: order for order in orders}


def write_market(book: DocumentTransaction, orders: Mapping[OrderKey, MarketOrder]) -> None:
    """Write orders in place of those that were there."""
    if orders:
        book.put_many(MARKET, {_id(key): order.model_dump(mode="json") for key, order in orders.items()})


def _id(key: OrderKey) -> str:
    return f"{key[0]}/{key[1]}"
