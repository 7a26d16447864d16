"""Commerce's orders of Amazon orders: found by Amazon's id, or by the cart that an attempt has kept.

An order that was placed by its cart has Amazon's id only once it is rewritten. Until then nothing but the cart shows
whose it is, so every look-up of an order is by both.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gateways.commerce.answers import Entity
from gateways.commerce.attempts import Attempt, Attempts
from gateways.commerce.client import CommerceClient, Purpose
from schemas.order import OrderKey

EDITS = 10
"""Times that an order may have been replaced by an edited one."""

LatestAttempts = Mapping[OrderKey, Attempt]
"""The latest attempts of orders."""


class ShopOrder(NamedTuple):
    """An order of the shop, and the attempt that may have created it. `is_placed_only`: it was not rewritten yet."""

    entity: Entity
    attempt: Attempt | None = None
    is_placed_only: bool = False


@dataclass(frozen=True, slots=True)
class ShopOrders:
    """The orders of one shop."""

    client: CommerceClient
    attempts: Attempts

    def find(
        self, keys: Collection[OrderKey], purpose: Purpose, kept: LatestAttempts | None = None
    ) -> dict[OrderKey, ShopOrder]:
        """Return the Commerce orders of Amazon orders. Of one that was edited in the admin, the one that replaced it.

        *kept* are the latest attempts of these orders, if they were read already.
        """
        kept = self.attempts.latest_of(keys) if kept is None else kept
        by_id = self._with("ext_order_id", {order_id for _, order_id in keys}, purpose)
        with_amazon_id = {key: ShopOrder(by_id[key[1]], kept.get(key)) for key in keys if key[1] in by_id}
        carts = {
            key: str(kept[key].cart_id)
            for key in keys
            if key in kept and key not in with_amazon_id and kept[key].cart_id
        }
        by_cart = self._with("quote_id", set(carts.values()), purpose) if carts else {}
        placed = {
            key: ShopOrder(by_cart[cart], kept[key], is_placed_only=True)
            for key, cart in carts.items()
            if cart in by_cart
        }
        return with_amazon_id | placed

    def of_cart(self, attempt: Attempt, purpose: Purpose) -> ShopOrder | None:
        """Return the order that the cart of an attempt was placed as."""
        orders = self.client.orders("quote_id", {str(attempt.cart_id)}, purpose)
        if not orders:
            return None
        first = min(orders, key=lambda order: order.get("state") == "canceled")
        return ShopOrder(self._current(first, purpose), attempt, is_placed_only=not first.get("ext_order_id"))

    def _with(self, field: str, values: Collection[str], purpose: Purpose) -> dict[str, Entity]:
        """Return the orders with these values by value; of several, one that is not canceled."""
        by_value: dict[str, Entity] = {}
        for order in self.client.orders(field, values, purpose):
            existing = by_value.get(value := str(order.get(field)))
            if value in values and (existing is None or existing.get("state") == "canceled"):
                by_value[value] = self._current(order, purpose)
        return by_value

    def _current(self, order: Entity, purpose: Purpose) -> Entity:
        """Follow the edits of an order: each cancels the one before, which is no cancellation."""
        for _ in range(EDITS):
            successor = order.get("relation_child_id")
            if order.get("state") != "canceled" or not successor:
                break
            order = self.client.order(int(successor), purpose)
        return order
