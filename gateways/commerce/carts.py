"""Creating an order through a cart, which reserves its stock, and rewriting it with Amazon's amounts.

The cart's id is the key of repetition: a cart can be placed once. It is kept before the order is placed (`attempts`);
an attempt that finds it looks for the cart's order first, and places no second cart while the first may be placed yet.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from gateways.commerce.attempts import Attempts
from gateways.commerce.client import CommerceClient, Entity, Purpose
from gateways.commerce.entities import Payment, comments, customer, item_amounts, order_amounts
from schemas.gateway_requests import CreateOrder, OrderLine
from schemas.order import OrderKey


def placed_order(
    client: CommerceClient, attempts: Attempts, key: OrderKey, purpose: Purpose
) -> tuple[Entity | None, int | None]:
    """Return the order that an earlier attempt placed and did not rewrite, if there is one, and that attempt's cart."""
    cart_id = attempts.cart_of(key)
    found = client.orders("quote_id", {str(cart_id)}, purpose) if cart_id is not None else []
    return (found[0] if found else None), cart_id


def place_cart(
    client: CommerceClient,
    attempts: Attempts,
    request: CreateOrder,
    address: Mapping[str, Any],
    payment: Payment,
    purpose: Purpose,
    earlier: int | None,
) -> Entity:
    """Fill a cart, keep it, place it, and return the order, which has the catalog's prices yet."""
    cart_id = client.create_cart(request.settings.commerce_store_view, purpose)
    for sku, lines in lines_by_sku(request).items():
        client.add_to_cart(cart_id, {"sku": sku, "qty": sum(line.quantity for line in lines)}, purpose)
    carrier, _, method = payment.shipping_method.partition("_")
    information = {"shipping_address": address, "billing_address": address}
    methods = {"shipping_carrier_code": carrier, "shipping_method_code": method}
    client.set_shipping(cart_id, {**information, **methods}, purpose)
    with attempts.attempt(request.key, cart_id, earlier):
        order_id = client.place(cart_id, payment.payment_method, purpose)
    return client.order(order_id, purpose)


def rewrite(client: CommerceClient, order: Entity, request: CreateOrder, purpose: Purpose) -> Entity:
    """Give a placed order Amazon's id, amounts, buyer and status. Its number stays: the reservation has it."""
    by_sku = lines_by_sku(request)
    repeated = ("item_id", "product_id", "product_type")
    items = [
        {name: item[name] for name in repeated if name in item} | item_amounts(by_sku[str(item["sku"])])
        for item in order["items"]
        if str(item.get("sku")) in by_sku
    ]
    zero = (
        "shipping_tax_amount",
        "base_shipping_tax_amount",
        "shipping_discount_amount",
        "base_shipping_discount_amount",
    )
    return client.save_order(
        {
            "entity_id": order["entity_id"],
            "increment_id": order["increment_id"],
            "store_id": order.get("store_id"),
            "ext_order_id": request.key[1],
            "state": "processing",
            "status": request.status,
            **customer(request),
            **order_amounts(request),
            **comments(request, int(order["entity_id"])),
            **dict.fromkeys(zero, 0),
            "items": items,
        },
        purpose,
    )


def lines_by_sku(request: CreateOrder) -> dict[str, list[OrderLine]]:
    """Return an order's lines by product: a cart has one item for each."""
    by_sku: dict[str, list[OrderLine]] = defaultdict(list)
    for line in request.lines:
        by_sku[line.sku].append(line)
    return dict(by_sku)
