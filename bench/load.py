"""The load: three events of 1 KB for each order, of a store whose orders are only recorded.

Import is disabled, so each event is followed by exactly one other. Each also has one fact that the other two lack, so
that this holds in every order of handling.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from events.registry import urn
from schemas.store import OrderSettings, Store

STORE = Store(store_id="bench-us", name="Bench US", settings=OrderSettings(import_orders=False))

BODY_BYTES = 1024

EVENTS_PER_ORDER = 3

_ORDER = "@ORDER-ID---------@"
_EVENT = "@EVENT-ID-----------@"
"""As long as the values of real events."""

_STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("order.placed", {"status": "Pending", "ship_service_level": "Std US D2D Dom"}),
    ("order.status_changed", {"status": "Unshipped", "latest_ship_date": "2026-01-04T00:00:00+00:00"}),
    ("order.status_changed", {"status": "Shipped", "is_business": True}),
)


@dataclass(frozen=True, slots=True)
class UpstreamEvent:
    """One event as an upstream system would publish it."""

    id: str
    name: str
    order_id: str
    body: bytes


def upstream_event(number: int, step: int) -> UpstreamEvent:
    """Return event 0, 1 or 2 of an order; *number* is below 10 to the power of 14."""
    order_id = f"701-{number // 10**7:07d}-{number % 10**7:07d}"
    event_id = f"{order_id}/{step}"
    body = _template(step).replace(_ORDER.encode(), order_id.encode()).replace(_EVENT.encode(), event_id.encode())
    return UpstreamEvent(event_id, _STEPS[step][0], order_id, body)


@cache
def _template(step: int) -> bytes:
    name, facts = _STEPS[step]
    bare = len(_written(name, facts, step, title=""))
    return _written(name, facts, step, title="x" * (BODY_BYTES - bare))


def _written(name: str, facts: dict[str, Any], step: int, title: str) -> bytes:
    event = {
        "specversion": "1.0",
        "id": _EVENT,
        "source": "/bench",
        "type": name,
        "subject": _ORDER,
        "time": f"2026-01-02T0{step}:00:00+00:00",
        "datacontenttype": "application/json",
        "dataschema": urn(name),
        "data": _data(step, title) | facts,
    }
    return json.dumps(event, separators=(",", ":")).encode()


def _data(step: int, title: str) -> dict[str, Any]:
    return {
        "store_id": STORE.store_id,
        "amazon_order_id": _ORDER,
        "purchase_date": "2026-01-01T00:00:00+00:00",
        "last_update_date": f"2026-01-02T0{step}:00:00+00:00",
        "marketplace_id": "ATVPDKIKX0DER",
        "fulfillment_channel": "MFN",
        "order_total": {"currency": "USD", "amount": "11.01"},
        "items": [
            {
                "order_item_id": "1",
                "seller_sku": "BENCH-1",
                "title": title,
                "quantity": 1,
                "item_price": {"currency": "USD", "amount": "10.00"},
                "item_tax": {"currency": "USD", "amount": "1.01"},
            }
        ],
    }
