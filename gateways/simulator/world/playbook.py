"""The world as a served Amazon and a served shop live it: the acts on each order there, one after the other.

There is no doubled and no late report: Amazon's state only moves on, and it is its queue that doubles and delays. Nor
does anybody report a parcel to Amazon: its confirmation is what makes an order shipped there.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from gateways.simulator.world.world import ScriptedEvent, ScriptedOrder, World
from schemas.payloads import AmazonReport, CommerceShipped
from schemas.status import AmazonStatus

SHIPPED = (AmazonStatus.PARTIALLY_SHIPPED, AmazonStatus.SHIPPED)


class Act(NamedTuple):
    """A report of Amazon's new state, or a parcel. `needs_commerce_order`: it leaves the shop, which has the order."""

    payload: AmazonReport | CommerceShipped
    needs_commerce_order: bool


def playbook(world: World) -> list[Sequence[Act]]:
    """Return the acts of each order, in their sequence."""
    return [list(_acts(order)) for order in world.orders]


def _acts(order: ScriptedOrder) -> Iterator[Act]:
    ships_parcels = any(isinstance(event.payload, CommerceShipped) for event in order.acts)
    seen: set[str] = set()
    for event in sorted(order.acts, key=_instant):
        payload = event.payload
        is_confirmation = isinstance(payload, AmazonReport) and payload.status in SHIPPED and ships_parcels
        if event.event_id not in seen and not is_confirmation:
            seen.add(event.event_id)
            yield Act(payload, event.needs_commerce_order and isinstance(payload, CommerceShipped))


def _instant(event: ScriptedEvent) -> tuple[bool, datetime]:
    """Return when an event happens; a parcel that needs no order comes before all others."""
    payload = event.payload
    if isinstance(payload, CommerceShipped):
        return event.needs_commerce_order, payload.shipped_at
    return True, payload.last_update_date
