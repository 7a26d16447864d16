"""The subject of an event of Commerce's: a shipment or a product that changed.

The event is a hint. Commerce sends it before its transaction ends, without order items and tracking numbers, and with
numbers as texts; the facts are read from Commerce afterwards.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic_core import from_json

from gateways.errors import UnreadableInputError

SHIPMENT_EVENTS = frozenset({"sales_order_shipment_save_after", "sales_order_shipment_save_commit_after"})
TRACK_EVENTS = frozenset({"sales_order_shipment_track_save_after", "sales_order_shipment_track_save_commit_after"})
PRODUCT_EVENTS = frozenset(
    {"catalog_product_save_after", "catalog_product_save_commit_after", "cataloginventory_stock_item_save_after"}
)

MAX_EVENTS = 2_000
"""Events of a batch; Adobe sends far fewer."""

MAX_SKU = 64
"""Characters of a SKU in Commerce."""

_ID = re.compile(r"[1-9][0-9]{0,17}")


class ChangedInShop(NamedTuple):
    """Shipments, by id, and products, by SKU, that Commerce reports as changed, by the event `event_id`."""

    event_id: str
    shipment_ids: tuple[int, ...] = ()
    skus: tuple[str, ...] = ()


def read_events(text: bytes) -> list[Mapping[str, Any]]:
    """Return the events of a delivery: one, or a batch. Raises UnreadableInputError."""
    try:
        document = from_json(text.removeprefix(BOM_UTF8), allow_inf_nan=False)
    except ValueError:
        raise UnreadableInputError("The body is not JSON in UTF-8.") from None
    events = document if isinstance(document, list) else [document]
    if not all(isinstance(event, dict) for event in events):
        raise UnreadableInputError("The body is JSON, but neither an event nor an array of events.")
    if len(events) > MAX_EVENTS:
        raise UnreadableInputError(f"The body has {len(events):,} events; at most {MAX_EVENTS:,} are taken.")
    return events


def recipients(events: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the clients that events are for, as they name them."""
    named = (event.get("recipient_client_id") or event.get("recipientclientid") for event in events)
    return {str(client) for client in named}


def change_of(event: Mapping[str, Any]) -> ChangedInShop | None:
    """Return the changed entities; None for an event of another type. Raises UnreadableInputError if it names none."""
    event_id = str(event.get("event_id") or event.get("eventid") or event.get("id") or "")[:200]
    name = str(event.get("type") or "").rpartition(".")[2]
    value = _value(event)
    if name in SHIPMENT_EVENTS | TRACK_EVENTS:
        return ChangedInShop(event_id, shipment_ids=(_shipment_id(name, value),))
    if name in PRODUCT_EVENTS:
        skus = _skus(value)
        return ChangedInShop(event_id, skus=tuple(skus)) if skus else None
    return None


def _value(event: Mapping[str, Any]) -> Mapping[str, Any]:
    data = event.get("data")
    value = data.get("value") if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}


def _shipment_id(name: str, value: Mapping[str, Any]) -> int:
    """Return the shipment's id; which fields an event has is chosen where it is subscribed to."""
    own = value.get("parent_id") if name in TRACK_EVENTS else value.get("entity_id")
    parts = [part for field in ("items", "tracks") for part in _entities(value.get(field))]
    for candidate in (own, *(part.get("parent_id") for part in parts)):
        if isinstance(candidate, int | str) and _ID.fullmatch(str(candidate)):
            return int(candidate)
    field = "parent_id" if name in TRACK_EVENTS else "entity_id"
    raise UnreadableInputError(f"The event {name} names no shipment; subscribe to it with the field {field}.")


def _entities(value: object) -> list[Mapping[str, Any]]:
    return [entity for entity in value if isinstance(entity, dict)] if isinstance(value, list) else []


def _skus(value: Mapping[str, Any]) -> list[str]:
    sku = value.get("sku")
    return [sku.strip()] if isinstance(sku, str) and 0 < len(sku.strip()) <= MAX_SKU else []
