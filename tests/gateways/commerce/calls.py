"""Every call that Crossdock can make to a shop, by the public function that makes it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from gateways.commerce.client import SHIPMENT_FIELDS, CommerceClient, Purpose
from gateways.commerce.creation import StockMode
from schemas.gateway_requests import OrderCreated
from tests.gateways.commerce.shops import Connected, order
from tests.gateways.simulator.requests import KEY, creation, line

WHY = Purpose("try a call", KEY)
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
MUG = {"sku": "MUG", "name": "Mug", "status": 1}
STOCK = {"sku": "MUG", "source_code": "default", "quantity": 3, "status": 1}
SHIPPING = {"shipping_carrier_code": "flatrate", "shipping_method_code": "flatrate"}


def _client(shop: Connected) -> CommerceClient:
    return shop.gateway.client


def _created(shop: Connected) -> int:
    """Create an order of a mug through a cart, and return its id."""
    shop.perform(order(creation(line("MUG", 1))))
    (found,) = shop.orders()
    return int(found["entity_id"])


def _address(shop: Connected) -> Mapping[str, Any]:
    return shop.gateway.creation.addresses.address(order().personal, "buyer@example.com", WHY)


def _cart(shop: Connected) -> int:
    """Open a cart with a mug, and return its id."""
    cart_id = _client(shop).create_cart("default", WHY)
    _client(shop).add_to_cart(cart_id, {"sku": "MUG", "qty": 1}, WHY)
    return cart_id


def _with_shipping(shop: Connected) -> int:
    """Open a cart that can be placed, and return its id."""
    cart_id, address = _cart(shop), _address(shop)
    information = {"shipping_address": address, "billing_address": address, **SHIPPING}
    assert _client(shop).set_shipping(cart_id, information, WHY) == 1
    return cart_id


def _save_address(shop: Connected) -> None:
    order_id = _created(shop)
    shipping = _client(shop).address_ids(order_id, WHY)["shipping"]
    _client(shop).save_address(order_id, {**_address(shop), "entity_id": shipping, "address_type": "shipping"}, WHY)


def _create_by_module(shop: Connected) -> None:
    creating = replace(shop.gateway.creation, mode=StockMode.MODULE)
    assert isinstance(creating.create(order(creation(line("MUG", 1)))), OrderCreated)


CLIENT: dict[str, Callable[[Connected], object]] = {
    "orders": lambda shop: _client(shop).orders("ext_order_id", {KEY[1]}, WHY),
    "order": lambda shop: _client(shop).order(_created(shop), WHY),
    "products": lambda shop: _client(shop).products({"MUG", "a,b"}, WHY),
    "products_with": lambda shop: _client(shop).products_with("asin", {"B000000001"}, WHY),
    "products_after": lambda shop: _client(shop).products_after("MUG", 10, WHY),
    "salable": lambda shop: _client(shop).salable({"MUG"}, "base", WHY),
    "source_items": lambda shop: _client(shop).source_items({"MUG"}, WHY),
    "threshold": lambda shop: _client(shop).threshold("MUG", WHY),
    "save_product": lambda shop: _client(shop).save_product(MUG, WHY),
    "save_source_items": lambda shop: _client(shop).save_source_items([STOCK], WHY),
    "save_order": _created,
    "address_ids": lambda shop: _client(shop).address_ids(_created(shop), WHY),
    "save_address": _save_address,
    "create_cart": lambda shop: _client(shop).create_cart("default", WHY),
    "cart": lambda shop: _client(shop).cart(_cart(shop), WHY),
    "add_to_cart": _cart,
    "set_shipping": _with_shipping,
    "place": lambda shop: _client(shop).place(_with_shipping(shop), "checkmo", WHY),
    "invoice": lambda shop: _client(shop).invoice(_created(shop), WHY),
    "ship": lambda shop: _client(shop).ship(_created(shop), WHY),
    "shipments": lambda shop: _client(shop).shipments({1}, WHY),
    "shipment_ids_of": lambda shop: _client(shop).shipment_ids_of({1}, WHY),
    "open_orders": lambda shop: list(_client(shop).open_orders(WHY)),
    "changed_since": lambda shop: list(_client(shop).changed_since("shipments", SINCE, SHIPMENT_FIELDS, WHY)),
    "cancel": lambda shop: _client(shop).cancel(_created(shop), WHY),
    "country": lambda shop: _client(shop).country("US", WHY),
    "first_of": lambda shop: _client(shop).first_of("orders", WHY),
    "store_ids": lambda shop: _client(shop).store_ids,
    "send": lambda shop: _client(shop).send(WHY, "GET", "/V1/store/storeViews", None),
}

CALLS = {
    **{f"commerce.client.CommerceClient.{name}": call for name, call in CLIENT.items()},
    "commerce.module.ShopModule.create": _create_by_module,
}
