"""The events of the world at a served Amazon and a served shop, order by order, one after the other.

No report is doubled or late: Amazon's state only moves on, and its queue doubles and delays. No parcel is reported to
Amazon: its confirmation makes an order shipped there.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from gateways.simulator.world.world import ScriptedEvent, ScriptedOrder, World
from schemas.payloads import AmazonReport, CommerceShipped
from schemas.status import AmazonStatus

SHIPPED = (AmazonStatus.PARTIALLY_SHIPPED, AmazonStatus.SHIPPED)


class ServedEvent(NamedTuple):
    """A report of Amazon's new state, or a parcel. `needs_commerce_order`: it leaves the shop, which has the order."""

    payload: AmazonReport | CommerceShipped
    needs_commerce_order: bool


def served_events(world: World) -> list[Sequence[ServedEvent]]:
    """Return the events of each order, in their sequence."""
    return [list(_events(order)) for order in world.orders]


def _events(order: ScriptedOrder) -> Iterator[ServedEvent]:
    ships_parcels = any(isinstance(event.payload, CommerceShipped) for event in order.events)
    seen: set[str] = set()
    for event in sorted(order.events, key=_instant):
        payload = event.payload
        is_confirmation = isinstance(payload, AmazonReport) and payload.status in SHIPPED and ships_parcels
        if event.event_id not in seen and not is_confirmation:
            seen.add(event.event_id)
            yield ServedEvent(payload, event.needs_commerce_order and isinstance(payload, CommerceShipped))


def _instant(event: ScriptedEvent) -> tuple[bool, datetime]:
    """Return when an event happens; a parcel that needs no order comes before all others."""
    payload = event.payload
    if isinstance(payload, CommerceShipped):
        return event.needs_commerce_order, payload.shipped_at
    return True, payload.last_update_date
