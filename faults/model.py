"""The model: the final state of an order when its events are handled once each, in order, and nothing fails."""

from collections.abc import Iterable, Mapping
from typing import Any

from faults.plan import Need
from gateways.simulator.world.listings import UNLISTED
from gateways.simulator.world.world import World as Script
from schemas.order import Order
from schemas.payloads import CommerceShipped, OrderPlaced, Payload
from schemas.product import Product
from schemas.status import AmazonStatus
from schemas.store import OrderNumberSource, Store
from tests.handlers.world import World

ADDED_PRODUCT = Product(sku=UNLISTED.seller_sku, name=UNLISTED.title, quantity=1_000_000)
"""The product that is missing at first, and added during a trial."""


class Model:
    """Computes the final states of a script's orders."""

    def __init__(self, script: Script) -> None:
        """Use the script's stores, matches and products, with the added product."""
        self._products = (*script.products, ADDED_PRODUCT)
        self._stores = {store.store_id: store for store in script.stores}
        self._matches = {
            store: {m.seller_sku: m.sku for m in script.matches if m.store_id == store} for store in self._stores
        }

    def store(self, store_id: str) -> Store:
        """Return a store of the script."""
        return self._stores[store_id]

    def final_order(self, store_id: str, events: Iterable[tuple[Payload, Need]]) -> tuple[Order, list[Payload]]:
        """Return the final order, and the events that could be published: Commerce ships only orders that it has."""
        world = World(store=self._stores[store_id], matches=self._matches[store_id])
        world.gateways.commerce.catalog.save(self._products)
        published: list[Payload] = []
        for payload, need in events:
            if isinstance(payload, OrderPlaced):
                world.gateways.amazon.place([payload])
            if need is Need.NOTHING or _may_publish(world, payload, need):
                world.publish(payload)
                published.append(payload)
        world.complete_shipped()
        world.resend_unanswered()
        (order,) = world.orders.values()
        return order, published


def _may_publish(world: World, payload: Payload, need: Need) -> bool:
    commerce = world.gateways.commerce
    if isinstance(payload, CommerceShipped) and need is Need.PARCEL:
        return commerce.ship(payload)
    return any(order.is_open for order in commerce.orders())


def comparable(order: Order, store: Store) -> Mapping[str, Any]:
    """Return the fields in which two runs must agree: without the last note, the version, and Commerce's own numbers.

    Once Amazon has canceled, the answer to our cancellation may have come before its report or been lost; and a blocked
    product's shortage depends on other orders.
    """
    shown = order.model_dump(mode="json", exclude={"note", "version"})
    if order.amazon_status is AmazonStatus.CANCELED:
        del shown["cancellation"]
    for blocker in shown["blockers"]:
        blocker.pop("salable", None)
    if shown["commerce_order"] and store.settings.order_number_source is OrderNumberSource.COMMERCE:
        del shown["commerce_order"]["number"]
    return shown
