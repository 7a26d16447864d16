"""An order as the database keeps it: values that are checked, cut off and filled in when it is saved."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from gateways.simulator.rest.errors import RestError, UnhandledError, wrong_type
from gateways.simulator.rest.known_fields import (
    ADDRESS_FIELDS,
    ITEM_FIELDS,
    ORDER_EXTENSIONS,
    ORDER_NUMBERS,
    ORDER_OTHERS,
)
from gateways.simulator.rest.shop import Entity, RestShop

WIDTHS = {"ext_order_id": 32, "increment_id": 50}
ITEM_WIDTHS = {"ext_order_item_id": 255, "name": 255}
ADDRESS_WIDTHS = {"city": 255, "postcode": 255, "firstname": 255, "lastname": 255, "telephone": 255}

REQUIRED_ADDRESS = {
    "firstname": "First Name",
    "lastname": "Last name",
    "street": "Street",
    "city": "City",
    "postcode": "Zip code",
    "country_id": "Country",
    "telephone": "Phone Number",
}
"""Required fields of an order's address, and the labels by which the error names them."""

ITEM_ZEROS = ("qty_backordered", "qty_canceled", "qty_invoiced", "qty_refunded", "qty_shipped")


def with_known_names(entity: Entity) -> Entity:
    """Return an order with its fields' names as the database has them; Commerce takes `extOrderId` as well."""
    return {re.sub(r"(?<=[a-z])([A-Z])", lambda match: "_" + match[1].lower(), k): v for k, v in entity.items()}


def check_fields(entity: Entity) -> None:
    """Raise UnhandledError for a field that Commerce does not know, RestError for a value of the wrong type."""
    for name, value in entity.items():
        if name not in ORDER_NUMBERS | ORDER_OTHERS:
            raise UnhandledError
        if name in ORDER_NUMBERS and value is not None and not _is_number(value):
            raise wrong_type(value, "float", name)
    if not (entity.get("extension_attributes") or {}).keys() <= ORDER_EXTENSIONS:
        raise UnhandledError
    for item in entity.get("items") or []:
        if not item.keys() <= ITEM_FIELDS or item.get("extension_attributes"):
            raise UnhandledError
    for part, address in addresses_of(entity).items():
        if isinstance(address.get("street"), str):
            raise wrong_type("string", "string[]", part, "street")
        if not address.keys() <= ADDRESS_FIELDS:
            raise UnhandledError


def addresses_of(entity: Mapping[str, Any]) -> dict[str, Entity]:
    """Return the addresses of an order, by the field that they are in."""
    addresses = {}
    if entity.get("billing_address"):
        addresses["billing_address"] = entity["billing_address"]
    for assignment in (entity.get("extension_attributes") or {}).get("shipping_assignments") or []:
        if address := (assignment.get("shipping") or {}).get("address"):
            addresses["shipping_address"] = address
    return addresses


def check_addresses(entity: Entity) -> None:
    """Raise the error that names the first field that an address lacks."""
    for address in addresses_of(entity).values():
        for field, label in REQUIRED_ADDRESS.items():
            if not address.get(field):
                problem = f'"{label}" is required. Enter and try again.'
                raise RestError(400, "We can't save the address:\n%1", [problem])


def stored(entity: Entity, widths: Mapping[str, int]) -> Entity:
    """Return the values as the database keeps them: cut off at the width of the column, emoji as question marks."""
    return {name: _stored_value(value, widths.get(name)) for name, value in entity.items() if value is not None}


def stored_address(shop: RestShop, address: Entity, order: Entity, address_type: str) -> Entity:
    """Return an address with its ids, and the buyer's mailbox where it has none."""
    kept = stored(address, ADDRESS_WIDTHS)
    street = "\n".join(kept.get("street") or [])[:255].split("\n")
    email = {"email": order["customer_email"]} if order.get("customer_email") else {}
    own = {"address_type": address_type, "entity_id": shop.next("address"), "parent_id": order["entity_id"]}
    return {**email, **kept, "street": street, **own}


def stored_item(shop: RestShop, item: Entity, order_id: int) -> Entity:
    """Return an item with its id and the quantities that are counted from now on."""
    zeros = dict.fromkeys(ITEM_ZEROS, 0)
    own = {"item_id": shop.next("item"), "order_id": order_id, "created_at": shop.now(), "updated_at": shop.now()}
    return {"qty_ordered": 0, **zeros, **stored(item, ITEM_WIDTHS), **own}


def protect_code(order_id: int) -> str:
    """Return the code of an order that its links have."""
    return blake2b(str(order_id).encode(), digest_size=16).hexdigest()


def _stored_value(value: Any, width: int | None) -> Any:
    if not isinstance(value, str):
        return value
    plain = re.sub(r"[^\u0000-\uffff]", "????", value)
    return plain[:width] if width else plain


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and bool(re.fullmatch(r"-?\d+(\.\d+)?", value)))
