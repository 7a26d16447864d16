"""Admin carts: the way of an order that checks products and address, and reserves stock."""

import re
from typing import Any

from gateways.simulator.countries import COUNTRIES, knows_region
from gateways.simulator.rest import order_entity as entities
from gateways.simulator.rest.errors import RestError
from gateways.simulator.rest.orders import STORE_NAME
from gateways.simulator.rest.shop import Cart, Entity, RestShop
from schemas.places import POSTAL_CODE_OPTIONAL, REGION_REQUIRED

SHIPPING_PRICE = 5.0
"""Flat rate, a piece."""

REQUIRED = ("firstname", "lastname", "street", "city", "telephone")


def create_cart(shop: RestShop, store_id: int) -> str:
    """Open a cart; its id is answered as text."""
    cart = Cart(shop.next("cart"), store_id)
    shop.carts[cart.cart_id] = cart
    return str(cart.cart_id)


def find_cart(shop: RestShop, cart_id: int) -> Cart:
    """Return a cart that was not placed yet."""
    cart = shop.carts.get(cart_id)
    if cart is None or not cart.is_active:
        parameters = {"fieldName": "cartId", "fieldValue": cart_id}
        raise RestError(404, "No such entity with %fieldName = %fieldValue", parameters)
    return cart


def show_cart(shop: RestShop, cart_id: int) -> Entity:
    """Return a cart; of one that was placed Commerce does not load the items."""
    cart = shop.carts.get(cart_id)
    if cart is None:
        raise RestError(404, "No such entity with %fieldName = %fieldValue", {"fieldName": "id", "fieldValue": cart_id})
    items = cart.items if cart.is_active else []
    return {"id": cart.cart_id, "is_active": cart.is_active, "store_id": cart.store_id, "items": items}


def add_item(shop: RestShop, body: Any, cart_id: int) -> Entity:
    """Add a product, if it is enabled and salable."""
    cart, cart_item = find_cart(shop, cart_id), body["cartItem"]
    product, quantity = shop.product(cart_item.get("sku", "")), cart_item.get("qty", 1)
    if product is None:
        raise RestError(404, "The product that was requested doesn't exist. Verify the product and try again.")
    if not shop.is_salable(product):
        raise RestError(400, "Product that you are trying to add is not available.")
    in_cart = sum(item["qty"] for item in cart.items if item["sku"] == product.sku)
    if product.managed and in_cart + quantity > shop.salable(product):
        raise RestError(400, "The requested qty is not available")
    item = next((item for item in cart.items if item["sku"] == product.sku), None)
    if item is None:
        item = {"item_id": shop.next("quote_item"), "sku": product.sku, "qty": 0, "name": product.name}
        item |= {"price": product.price, "product_type": "simple", "quote_id": str(cart_id)}
        cart.items.append(item)
    item["qty"] += quantity
    return item


def set_shipping(shop: RestShop, body: Any, cart_id: int) -> Entity:
    """Set addresses and shipping method."""
    cart, information = find_cart(shop, cart_id), body["addressInformation"]
    carrier, method = information.get("shipping_carrier_code", ""), information.get("shipping_method_code", "")
    if f"{carrier}_{method}" not in shop.shipping_methods:
        raise RestError(404, "Carrier with such method not found: %1, %2", [carrier, method])
    if (information.get("shipping_address") or {}).get("country_id") not in COUNTRIES:
        raise RestError(400, 'The shipping information was unable to be saved. Error: "%message"', {"message": ""})
    cart.addresses = information
    total = sum(item["price"] * item["qty"] for item in cart.items)
    methods = [{"code": code, "title": code} for code in sorted(shop.payment_methods)]
    return {"payment_methods": methods, "totals": {"grand_total": total + SHIPPING_PRICE, "items": cart.items}}


def place(shop: RestShop, body: Any, cart_id: int) -> int:
    """Place the order of a cart, at the catalog's prices, and reserve its stock. Returns the order's id."""
    cart = find_cart(shop, cart_id)
    if cart.addresses is None:
        raise RestError(400, "The shipping method is missing. Select the shipping method and try again.")
    _check_address(cart.addresses["shipping_address"])
    method = ((body or {}).get("paymentMethod") or {}).get("method")
    if method not in shop.payment_methods:
        raise RestError(400, "The requested Payment Method is not available.")
    order = _order_of(shop, cart, method)
    for item in order["items"]:
        shop.reserve(item["sku"], -item["qty_ordered"], "order_placed")
    cart.is_active = False
    order_id: int = order["entity_id"]
    shop.orders[order_id] = order
    return order_id


def _check_address(address: Entity) -> None:
    country = address.get("country_id", "")
    region = address.get("region_code") or ""  # a name alone, in any spelling, is not looked up
    missing = [field for field in REQUIRED if not address.get(field) or address[field] == [""]]
    if not address.get("postcode") and country not in POSTAL_CODE_OPTIONAL:
        missing.append("postcode")
    if country in REGION_REQUIRED and not address.get("region_id") and not (region and knows_region(country, region)):
        missing.append("regionId")
    if missing:
        problem = f'"{missing[0]}" is required. Enter and try again.'
        raise RestError(400, "Please check the shipping address information. %1", [problem])
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address.get("email") or ""):
        raise RestError(400, "Failed address validation:\n%1", ["Email has a wrong format"])


def _order_of(shop: RestShop, cart: Cart, method: str) -> Entity:
    order_id, addresses = shop.next("order"), cart.addresses or {}
    subtotal = sum(item["price"] * item["qty"] for item in cart.items)
    total = subtotal + SHIPPING_PRICE
    shipping = addresses["shipping_address"]
    order: Entity = {
        "entity_id": order_id, "increment_id": f"{shop.next('increment'):09}", "quote_id": cart.cart_id,
        "store_id": cart.store_id, "store_name": STORE_NAME, "state": "new", "status": "pending",
        "protect_code": entities.protect_code(order_id), "created_at": shop.now(), "updated_at": shop.now(),
        "customer_email": shipping.get("email"), "customer_is_guest": 1,
        "customer_firstname": shipping.get("firstname"),
        "customer_lastname": shipping.get("lastname"), "order_currency_code": "USD", "base_currency_code": "USD",
        "subtotal": subtotal, "base_subtotal": subtotal, "shipping_amount": SHIPPING_PRICE,
        "base_shipping_amount": SHIPPING_PRICE, "tax_amount": 0, "discount_amount": 0, "grand_total": total,
        "base_grand_total": total, "total_due": total, "base_total_due": total, "total_item_count": len(cart.items),
        "total_qty_ordered": sum(item["qty"] for item in cart.items), "status_histories": [],
    }  # fmt: skip
    order["items"] = [_item_of(shop, item, order_id) for item in cart.items]
    order["payment"] = {"account_status": None, "additional_information": [method], "cc_last4": None, "method": method}
    order["payment"] |= {"entity_id": shop.next("payment"), "parent_id": order_id, "amount_ordered": total}
    billing = entities.stored_address(shop, addresses.get("billing_address") or shipping, order, "billing")
    order |= {"billing_address": billing, "billing_address_id": billing["entity_id"]}
    rate = f"{addresses['shipping_carrier_code']}_{addresses['shipping_method_code']}"
    assigned = {"address": entities.stored_address(shop, shipping, order, "shipping"), "method": rate}
    order["extension_attributes"] = {"shipping_assignments": [{"shipping": assigned, "items": order["items"]}]}
    return order


def _item_of(shop: RestShop, item: Entity, order_id: int) -> Entity:
    product, row = shop.products[item["sku"]], item["price"] * item["qty"]
    ordered = {
        "sku": product.sku, "name": product.name, "product_id": product.product_id, "product_type": "simple",
        "qty_ordered": item["qty"], "price": item["price"], "base_price": item["price"], "row_total": row,
        "base_row_total": row, "original_price": item["price"], "quote_item_id": item["item_id"],
        "tax_amount": 0, "discount_amount": 0,
    }  # fmt: skip
    return entities.stored_item(shop, ordered, order_id)
