"""An order with hostile text in every field that takes text, found in the schemas of its events."""

import json
from collections.abc import Mapping
from typing import Any

from schemas.payloads import CommerceShipped, OrderPlaced, Payload
from tests.builders import ORDER_ID, STORE_ID, a_report, an_item, placed, shipped, usd

ATTACK = (
    "<script>hacked=1</script>\"'><img src=x onerror=hacked=1>=1+1'; DROP TABLE orders; --\u202egnp\u2067.exe{{7*7}}"
)
LENGTH = 10_000
KEPT_FIELDS = frozenset({"store_id", "amazon_order_id", "marketplace_id", "replaces_order_id", "specversion"})
"""Keys by which the order and its store are found, and order numbers, which have a form."""

FREE = frozenset({None, r"^[^\x00]*$"})
"""Patterns of texts that may be anything."""


def hostile(length: int, number: int = 0) -> str:
    """Return an attack in a text of so many characters without a space; *number* makes it unique."""
    return f"{number}{ATTACK}".ljust(length, "W")[:length]


def hostile_placed() -> OrderPlaced:
    """Return the report of a placed order whose texts are hostile and as long as they may be."""
    full = placed(
        items=(an_item(title="x", asin="x"),), order_total=usd("10.00"), buyer={"name": "x"}, shipping_address=_ADDRESS
    )
    return OrderPlaced.model_validate(_attacked(full))


def hostile_unshipped() -> Payload:
    """Return the same order's report that it can be shipped."""
    given = hostile_placed().model_dump(mode="json", exclude={"status", "last_update_date", *KEPT_FIELDS})
    return a_report("Unshipped", **given)


def hostile_parcel() -> CommerceShipped:
    """Return a parcel of it whose texts are hostile."""
    return CommerceShipped.model_validate(_attacked(shipped(items={"x": 1})))


def too_long() -> bytes:
    """Return an event whose every text has LENGTH characters, which no field may have."""
    data = _attacked(placed(items=(an_item(title="x"),)), LENGTH)
    event = {"specversion": "1.0", "id": "long", "source": "/upstream", "type": "order.placed", "data": data}
    return json.dumps(event).encode()


_ADDRESS = {"country_code": "US", "line1": "x"}


def _attacked(payload: Payload, length: int | None = None) -> dict[str, Any]:
    """Return a payload's data with each text that its schema knows hostile, of *length* or as long as it may be."""
    schema = type(payload).model_json_schema()
    given = payload.model_dump(mode="json", exclude_none=True)
    found: dict[str, Any] = _filled(schema, schema["$defs"], given, length, "")
    return found | {"store_id": STORE_ID, "amazon_order_id": ORDER_ID}


def _filled(schema: Mapping[str, Any], known: Mapping[str, Any], given: Any, length: int | None, name: str) -> Any:
    """Return the value for a schema: the *given* one with hostile texts."""
    choices = [schema, *schema.get("anyOf", ())]
    choices = [known[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in choices]
    for one in choices:
        if one.get("type") == "object" and "properties" in one:
            return _object(one, known, given if isinstance(given, dict) else {}, length)
        if one.get("type") == "array" and isinstance(one.get("items"), dict):
            return [_filled(one["items"], known, part, length, name) for part in given or [None]]
        if _is_free_text(one, name):
            return hostile(length or one.get("maxLength", LENGTH))
    return given


def _object(schema: Mapping[str, Any], known: Mapping[str, Any], given: Mapping[str, Any], length: int | None) -> Any:
    values = {name: _filled(one, known, given.get(name), length, name) for name, one in schema["properties"].items()}
    return {name: value for name, value in values.items() if value not in (None, [None], {})} | {
        name: given[name] for name in given if name not in values or values[name] is None
    }


def _is_free_text(schema: Mapping[str, Any], name: str) -> bool:
    is_text = schema.get("type") == "string" and "format" not in schema and "enum" not in schema
    return is_text and schema.get("pattern") in FREE and name not in KEPT_FIELDS
