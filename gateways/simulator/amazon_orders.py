"""The simulated Amazon's orders: the quantities ordered, the confirmed parcels, and the cancellation."""

from collections import Counter
from collections.abc import Collection, Mapping
from hashlib import blake2b

from pydantic import Field

from gateways.simulator.documents import DocumentTransaction
from schemas.order import OrderKey, Parcel, ParcelItem
from schemas.payloads import OrderPlaced, StatusChanged
from schemas.status import Channel
from schemas.value import Value

MARKET = "amazon.order"


class AmazonParcel(Value):
    """A confirmed parcel; `confirmations` counts its confirmations, of which all but the first edit it."""

    package_reference_id: str
    carrier_code: str
    tracking_number: str | None
    items: tuple[ParcelItem, ...]
    confirmations: int = 1


class MarketOrder(Value):
    """One order on the marketplace. Without a channel it was not placed in it, and its items are unknown.

    `quantities` are those ordered, by order item id; `parcels` are the confirmed ones, by shipment id. `report` is
    Amazon's present report of the order.
    """

    store_id: str
    amazon_order_id: str
    channel: Channel | None = None
    quantities: dict[str, int] = Field(default_factory=dict)
    parcels: dict[str, AmazonParcel] = Field(default_factory=dict)
    cancel_reason: str | None = None
    cancel_reported: bool = False
    report: StatusChanged | None = None

    @property
    def key(self) -> OrderKey:
        """The order's key."""
        return self.store_id, self.amazon_order_id

    @property
    def confirmed(self) -> Counter[str]:
        """The quantities confirmed in all parcels, by order item id."""
        quantities: Counter[str] = Counter()
        for item in (item for parcel in self.parcels.values() for item in parcel.items):
            quantities[item.order_item_id] += item.quantity
        return quantities

    def changed(self, report: StatusChanged) -> "MarketOrder":
        """Return the order as it is by a later report."""
        quantities = {item.order_item_id: item.quantity for item in report.items} if report.items else self.quantities
        return self.model_copy(update={"quantities": quantities, "report": report})

    def with_parcel(self, parcel: Parcel, items: tuple[ParcelItem, ...]) -> "MarketOrder":
        """Return the order with this parcel, which replaces an earlier version of the same shipment."""
        before = self.parcels.get(parcel.shipment_id)
        confirmed = AmazonParcel(
            package_reference_id=package_reference_id(parcel.shipment_id),
            carrier_code=parcel.carrier_code,
            tracking_number=parcel.tracking_number,
            items=items,
            confirmations=before.confirmations + 1 if before else 1,
        )
        return self.model_copy(update={"parcels": {**self.parcels, parcel.shipment_id: confirmed}})


def placed(order: OrderPlaced) -> MarketOrder:
    """Return the marketplace's order for the report of its placing."""
    return MarketOrder(
        store_id=order.store_id,
        amazon_order_id=order.amazon_order_id,
        channel=order.fulfillment_channel,
        quantities={item.order_item_id: item.quantity for item in order.items},
        report=StatusChanged.model_validate(order.model_dump()),
    )


def package_reference_id(shipment_id: str) -> str:
    """Return the digits by which Amazon identifies a parcel, always the same for a shipment."""
    return str(int.from_bytes(blake2b(shipment_id.encode(), digest_size=6).digest()))


def read_market(transaction: DocumentTransaction, keys: Collection[OrderKey]) -> dict[OrderKey, MarketOrder]:
    """Return those of the orders that exist."""
    documents = transaction.get_many(MARKET, sorted({_id(key) for key in keys}), lock=False) if keys else {}
    orders = (MarketOrder.model_validate(document) for document in documents.values())
    return {order.key: order for order in orders}


def write_market(transaction: DocumentTransaction, orders: Mapping[OrderKey, MarketOrder]) -> None:
    """Write orders, replacing those that exist."""
    if orders:
        transaction.put_many(MARKET, {_id(key): order.model_dump(mode="json") for key, order in orders.items()})


def _id(key: OrderKey) -> str:
    return f"{key[0]}/{key[1]}"
