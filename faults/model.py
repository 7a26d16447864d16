"""The model: what becomes of an order when everything about it is handled once, in the order of the source, alone."""

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

ADDED = Product(sku=UNLISTED.seller_sku, name=UNLISTED.title, quantity=1_000_000)
"""The product that is missing at first, and added while a trial runs."""


class Model:
    """Tells how orders of a script end."""

    def __init__(self, script: Script) -> None:
        """Furnish each order's world like the script's, with the product that is added in the end."""
        self._products = (*script.products, ADDED)
        self._stores = {store.store_id: store for store in script.stores}
        self._matches = {
            store: {m.seller_sku: m.sku for m in script.matches if m.store_id == store} for store in self._stores
        }

    def store(self, store_id: str) -> Store:
        """Return a store of the script."""
        return self._stores[store_id]

    def end(self, store_id: str, said: Iterable[tuple[Payload, Need]]) -> tuple[Order, list[Payload]]:
        """Return the order in the end, and what of *said* could be said: Commerce ships only what it has."""
        world = World(store=self._stores[store_id], matches=self._matches[store_id])
        world.gateways.commerce.catalog.save(self._products)
        spoken = []
        for payload, need in said:
            if isinstance(payload, OrderPlaced):
                world.gateways.amazon.place([payload])
            if need is Need.NOTHING or _may_say(world, payload, need):
                world.publish(payload)
                spoken.append(payload)
        world.complete_shipped()
        world.resend_unanswered()
        (order,) = world.orders.values()
        return order, spoken


def _may_say(world: World, payload: Payload, need: Need) -> bool:
    commerce = world.gateways.commerce
    if isinstance(payload, CommerceShipped) and need is Need.PARCEL:
        return commerce.ship(payload)
    return any(order.is_open for order in commerce.orders())


def bare(order: Order, store: Store) -> Mapping[str, Any]:
    """Return what two runs must agree in: not the last note, not how often it was written, not the shop's counting.

    Nor, once Amazon has canceled, whether its answer to our wish came before its report or was lost; nor in how many
    pieces a product is short, for other orders take of it too.
    """
    shown = order.model_dump(mode="json", exclude={"note", "version"})
    if order.amazon_status is AmazonStatus.CANCELED:
        del shown["cancellation"]
    for blocker in shown["blockers"]:
        blocker.pop("salable", None)
    if shown["commerce_order"] and store.settings.order_number_source is OrderNumberSource.COMMERCE:
        del shown["commerce_order"]["number"]
    return shown
