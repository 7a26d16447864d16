"""Changes reported by Commerce, made safe: shipments recorded to be read, products published as catalog.changed.

A delivery is answered afterwards: Adobe drops an event that was answered, and never sends it again.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from events.bus import Bus
from events.envelope import OF_ANY, scheduled_event
from gateways.commerce.io_events.changes import ChangedInShop
from ledger.ledger import Ledger
from schemas.message import Message
from schemas.payloads import CatalogChanged
from workers.consumer import CONFIRM_TIMEOUT

READ_DELAY = timedelta(seconds=2)
"""Commerce reports a shipment before its transaction ends; so much later it can be read."""


class CommerceChanges:
    """Takes the changes that Commerce reports. Safe to be used by several threads."""

    def __init__(self, ledger: Ledger, bus: Bus, confirm_timeout: float = CONFIRM_TIMEOUT) -> None:
        """Record shipments in *ledger*, publish products on *bus*."""
        self._ledger = ledger
        self._bus = bus
        self._confirm_timeout = confirm_timeout

    def take(self, changes: Sequence[ChangedInShop]) -> None:
        """Record and publish changes; they are safe once it returns. Raises RetryableError, and may be repeated."""
        shipment_ids = [shipment_id for change in changes for shipment_id in change.shipment_ids]
        with self._ledger.begin() as work:
            work.changed_shipments.put(shipment_ids, READ_DELAY)
            now = work.now
        events = [
            scheduled_event(CatalogChanged(sku=sku), f"commerce/{change.event_id}", now, OF_ANY)
            for change in changes
            for sku in change.skus
        ]
        self.publish(events)

    def publish(self, events: Iterable[Message]) -> None:
        """Publish events, and wait for the broker's confirmation. Raises RetryableError."""
        messages = list(events)
        if messages:
            self._bus.publish(messages).wait(self._confirm_timeout)
