"""A module that a shop may have: it creates an order whole, once, with its stock reserved, and sends no mail.

It is no part of Commerce; docs/connect-commerce.md has its contract.
"""

from collections import Counter
from typing import Any

from gateways.simulator.rest import orders
from gateways.simulator.rest.errors import RestError
from gateways.simulator.rest.shop import Entity, RestShop


def create_order(shop: RestShop, body: Any) -> Entity:
    """Create the order, or answer with the one that has its `ext_order_id` already, which stays as it is."""
    if not shop.has_module:
        raise RestError(404, "Request does not match any route.")
    entity = _required(body if isinstance(body, dict) else {}, "entity")
    existing = list(shop.orders_with(ext_order_id=_required(entity, "ext_order_id")))
    reserve, new_customer = _required(body, "reserve"), _required(body, "new_customer")
    order = existing[0] if existing else _create(shop, entity, reserve=reserve, new_customer=new_customer)
    return {"entity_id": order["entity_id"], "increment_id": order["increment_id"]}


def _create(shop: RestShop, entity: Entity, *, reserve: bool, new_customer: bool) -> Entity:
    quantities = _wanted(shop, entity["items"]) if reserve else Counter()
    for sku, quantity in quantities.items():
        product = shop.products[sku]
        if not shop.is_salable(product):
            raise RestError(400, "Product that you are trying to add is not available.")
        if product.managed and quantity > shop.salable(product):
            raise RestError(400, "The requested qty is not available")
    order = orders.save_order(shop, {"entity": entity})
    if new_customer:
        customer_id = _customer_of(shop, order["customer_email"])
        shop.orders[order["entity_id"]] |= {"customer_id": customer_id, "customer_is_guest": 0}
    for sku, quantity in quantities.items():
        shop.reserve(sku, -quantity, "order_placed")
    return order


def _wanted(shop: RestShop, items: list[Entity]) -> Counter[str]:
    """Return the quantities of the products, by their own SKUs."""
    quantities: Counter[str] = Counter()
    for item in items:
        product = shop.product(item["sku"])
        if product is None:
            raise RestError(404, "The product that was requested doesn't exist. Verify the product and try again.")
        quantities[product.sku] += item["qty_ordered"]
    return quantities


def _customer_of(shop: RestShop, email: str) -> int:
    """Return the id of the customer with a mailbox, who is created if there is none."""
    customer_ids = [customer_id for customer_id, mailbox in shop.customers.items() if mailbox == email]
    customer_id = customer_ids[0] if customer_ids else shop.next("customer")
    shop.customers[customer_id] = email
    return customer_id


def _required(values: Entity, name: str) -> Any:
    if values.get(name) is None:
        raise RestError(400, '"%fieldName" is required. Enter and try again.', {"fieldName": name})
    return values[name]
