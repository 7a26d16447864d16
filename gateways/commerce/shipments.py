"""Shipments as Commerce has them: the order and the items of each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from gateways.commerce.answers import Entity, unexpected
from gateways.commerce.client import OWN_SHIPMENT, CommerceClient, Purpose
from gateways.commerce.shop_orders import EDITS

READ = Purpose("read shipments")

UNNAMED = "custom"
"""Commerce's code for a carrier without a module; it stands for the carrier of a shipment without a track, too."""


class ShippedItem(NamedTuple):
    """The quantity of an order item in a shipment.

    `order_item_ids` are Amazon's: several where Commerce joined lines of one product, none for an item that a person
    added in Commerce.
    """

    order_item_ids: tuple[str, ...]
    quantity: int


class Track(NamedTuple):
    """A tracking number, its carrier, and when it was added."""

    number: str
    carrier_code: str
    carrier_name: str | None
    added_at: datetime


@dataclass(frozen=True, slots=True)
class ShopShipment:
    """A shipment. `amazon_order_id` is None for an order that is not of Amazon's.

    Of several tracks it is the one that was added last: Commerce does not say which item is in which parcel, and a
    number that was wrong is replaced by a second one. `is_own`: Crossdock made it, for parcels that it knows already.
    """

    shipment_id: int
    amazon_order_id: str | None
    store_view_id: int | None
    created_at: datetime
    items: tuple[ShippedItem, ...]
    track: Track | None
    is_own: bool

    @property
    def shipped_at(self) -> datetime:
        """When it was shipped; with a track, when that was added, so that a new number counts as the later report."""
        return max(self.created_at, self.track.added_at) if self.track else self.created_at


def read_shipments(client: CommerceClient, shipment_ids: Collection[int]) -> list[ShopShipment]:
    """Return those of the shipments that exist, in a few calls. Raises as the client does."""
    entities = client.shipments(shipment_ids, READ)
    order_ids = {str(entity["order_id"]) for entity in entities}
    orders = {str(order["entity_id"]): order for order in client.orders("entity_id", order_ids, READ)}
    try:
        return [_shipment(client, entity, orders.get(str(entity["order_id"]))) for entity in entities]
    except (ValueError, TypeError, AttributeError):
        raise unexpected() from None


def _shipment(client: CommerceClient, entity: Entity, order: Entity | None) -> ShopShipment:
    comments = entity.get("comments") or ()
    return ShopShipment(
        shipment_id=int(entity["entity_id"]),
        amazon_order_id=_amazon_order_id(client, order) if order else None,
        store_view_id=_number(order.get("store_id")) if order else None,
        created_at=instant_of(entity["created_at"]),
        items=_items(entity, order or {}),
        track=_latest_track(entity),
        is_own=any(isinstance(comment, dict) and comment.get("comment") == OWN_SHIPMENT for comment in comments),
    )


def _amazon_order_id(client: CommerceClient, order: Entity) -> str | None:
    """Return Amazon's id of an order; one that was edited in Commerce has it at the order that it replaced."""
    for _ in range(EDITS):
        parent = order.get("relation_parent_id")
        if order.get("ext_order_id") or not parent:
            break
        order = client.order(int(parent), READ)
    return str(order["ext_order_id"]) if order.get("ext_order_id") else None


def _items(entity: Entity, order: Entity) -> tuple[ShippedItem, ...]:
    amazon_ids = {str(item.get("item_id")): str(item.get("ext_order_item_id") or "") for item in order.get("items", ())}
    shipped_items = []
    for item in entity.get("items") or ():
        ids = amazon_ids.get(str(item.get("order_item_id")), "")
        quantity = int(float(item.get("qty") or 0))
        if quantity > 0:
            shipped_items.append(ShippedItem(tuple(filter(None, ids.split(","))), quantity))
    return tuple(shipped_items)


def _latest_track(entity: Entity) -> Track | None:
    tracks = [track for track in entity.get("tracks") or () if str(track.get("track_number") or "").strip()]
    if not tracks:
        return None
    latest = max(tracks, key=lambda track: int(track.get("entity_id") or 0))
    return Track(
        number=str(latest["track_number"]).strip(),
        carrier_code=str(latest.get("carrier_code") or "").strip() or UNNAMED,
        carrier_name=str(latest.get("title") or "").strip() or None,
        added_at=instant_of(latest.get("created_at") or entity["created_at"]),
    )


def instant_of(text: object) -> datetime:
    """Return an instant as Commerce writes it, in UTC and without a zone."""
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdigit() else None
