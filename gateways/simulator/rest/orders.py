"""Operations on orders: create, update, read, cancel, hold."""

from typing import Any

from gateways.simulator.rest import order_entity as entities
from gateways.simulator.rest.errors import RestError, UnhandledError, not_found
from gateways.simulator.rest.order_state import can_cancel, left_to_invoice, left_to_ship, update_state
from gateways.simulator.rest.shop import STORE_VIEWS, Entity, RestShop

STORE_NAME = "Main Website\nMain Website Store\nDefault Store View"
NO_DETAILS: Entity = {"account_status": None, "additional_information": [], "cc_last4": None}
REQUIRED_FIELDS = ("qty_ordered", "product_id", "product_type")
"""Fields that an update of an item must repeat, or Commerce stores it without them."""


def save_order(shop: RestShop, body: Any) -> Entity:
    """Create an order, or update the one with `entity_id`. Almost nothing is checked, and nothing is reserved."""
    entity = body.get("entity") if isinstance(body, dict) else None
    if not isinstance(entity, dict):
        raise RestError(400, '"%fieldName" is required. Enter and try again.', {"fieldName": "entity"})
    entity = entities.with_known_names(entity)
    entities.check_fields(entity)
    if entity.get("entity_id") in shop.orders:
        order = _update(shop, shop.orders[entity["entity_id"]], entity)
    else:
        order = _create(shop, entity)
    # The answer repeats the text as it was sent; the database has it cut off.
    return order | {name: entity[name] for name in entities.WIDTHS if name in entity}


def _create(shop: RestShop, entity: Entity) -> Entity:
    _check_new(shop, entity)
    order_id = shop.next("order")
    stored = entities.stored(entity, entities.WIDTHS)
    order = {name: value for name, value in stored.items() if name not in ("items", "extension_attributes")}
    order.setdefault("increment_id", f"{shop.next('increment'):09}")
    _check_unique(shop, order)
    order |= {"entity_id": order_id, "protect_code": entities.protect_code(order_id), "store_name": STORE_NAME}
    order |= {"created_at": shop.now(), "updated_at": shop.now(), "total_item_count": len(entity.get("items") or [])}
    order.setdefault("total_due", order.get("grand_total"))
    order["items"] = [entities.stored_item(shop, item, order_id) for item in entity.get("items") or []]
    order["payment"] = {**NO_DETAILS, **entity["payment"], "entity_id": shop.next("payment"), "parent_id": order_id}
    order.setdefault("status_histories", [])
    _store_addresses(shop, order, entity)
    shop.orders[order_id] = order
    update_state(order)
    return order


def _check_new(shop: RestShop, entity: Entity) -> None:
    payment = entity.get("payment")
    if payment is None:
        raise RestError(400, "Please provide payment for the order.")
    if not payment.get("method"):
        raise RestError(400, "The payment method you requested is not available.")
    entities.check_addresses(entity)
    if "store_id" in entity and entity["store_id"] not in STORE_VIEWS.values():
        raise RestError(404, "The store that was requested wasn't found. Verify the store and try again.")
    if entity.get("customer_id") and entity["customer_id"] not in shop.customers:
        raise UnhandledError


def _check_unique(shop: RestShop, order: Entity) -> None:
    """Numbers are unique in a store; an order without a store is in none, so its number may be used again."""
    if order.get("store_id") is None:
        return
    if shop.orders_with(increment_id=order["increment_id"], store_id=order["store_id"]):
        raise RestError(400, "Unique constraint violation found")


def _store_addresses(shop: RestShop, order: Entity, entity: Entity) -> None:
    addresses = entities.addresses_of(entity)
    if "billing_address" in addresses:
        billing = entities.stored_address(shop, addresses["billing_address"], order, "billing")
        order["billing_address"], order["billing_address_id"] = billing, billing["entity_id"]
    if "shipping_address" in addresses:
        method = entity["extension_attributes"]["shipping_assignments"][0]["shipping"].get("method")
        shipping = {"address": entities.stored_address(shop, addresses["shipping_address"], order, "shipping")}
        shipping |= {"method": method} if method else {}
        order["extension_attributes"] = {"shipping_assignments": [{"shipping": shipping, "items": None}]}


def _update(shop: RestShop, order: Entity, entity: Entity) -> Entity:
    """Change the sent fields. Items have to repeat REQUIRED_FIELDS, or nothing of them seems left to be shipped."""
    changes = entities.stored(entity, entities.WIDTHS)
    for name in ("items", "payment", "billing_address", "extension_attributes"):
        changes.pop(name, None)
    order |= changes
    for item in entity.get("items") or []:
        kept = next((kept for kept in order["items"] if kept["item_id"] == item.get("item_id")), None)
        if kept is not None:
            kept.update(entities.stored(item, entities.ITEM_WIDTHS))
            if not item.keys() >= set(REQUIRED_FIELDS):
                kept["qty_ordered"] = 0
    order["updated_at"] = shop.now()
    update_state(order)
    return order


def save_address(shop: RestShop, body: Any, parent_id: int) -> Entity:
    """Replace the fields of an order's address."""
    entity = body["entity"]
    for address in entities.addresses_of(find(shop, parent_id)).values():
        if address["entity_id"] == entity.get("entity_id"):
            address.update(entities.stored(entity, entities.ADDRESS_WIDTHS))
            return address
    raise not_found()


def find(shop: RestShop, order_id: int) -> Entity:
    """Return an order. Raises RestError for an id that none has."""
    if order_id not in shop.orders:
        raise not_found()
    return shop.orders[order_id]


def cancel(shop: RestShop, order_id: int) -> bool:
    """Cancel an order; False if it cannot be. Stock is released even if none was reserved, as Commerce does."""
    order = find(shop, order_id)
    if not can_cancel(order):
        return False
    for item in order["items"]:
        shop.reserve(item.get("sku", ""), min(left_to_invoice(item), left_to_ship(item)), "order_canceled")
        if shop.product_by_id(item.get("product_id")) is None:
            raise RestError(400, "We can't rebuild the index for an undefined product.")
    for item in order["items"]:
        item["qty_canceled"] = min(left_to_invoice(item), left_to_ship(item))
    order |= {
        "state": "canceled",
        "status": "canceled",
        "total_canceled": order.get("grand_total"),
        "updated_at": shop.now(),
    }
    return True


def hold(shop: RestShop, order_id: int) -> bool:
    """Put an order on hold."""
    order = find(shop, order_id)
    if order.get("state") in ("canceled", "complete", "closed", "holded"):
        raise RestError(400, "A hold action is not available.")
    order |= {"hold_before_state": order.get("state"), "hold_before_status": order.get("status")}
    order |= {"state": "holded", "status": "holded", "updated_at": shop.now()}
    return True


def unhold(shop: RestShop, order_id: int) -> bool:
    """Take an order off hold."""
    order = find(shop, order_id)
    if order.get("state") != "holded":
        raise RestError(400, "You cannot remove the hold.")
    order |= {"state": order.pop("hold_before_state"), "status": order.pop("hold_before_status")}
    order["updated_at"] = shop.now()
    return True
