"""Heartbeat events: each consumer can handle its own at any time, so that a silent consumer is known to be broken.

They are about one order that is canceled before its import, whose state they no longer change.
"""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from queue import SimpleQueue

from events.registry import CONSUMERS
from faults.environment import Environment
from faults.history import Sent
from faults.plan import Publication, publication
from faults.publisher import Publisher
from gateways.simulator.world.scenarios import Scenario
from gateways.simulator.world.world import ScriptedOrder, World
from schemas import payloads
from schemas.order import OrderKey
from schemas.payloads import CommerceShipped, Payload, StatusChanged

COLLECTOR = "collector"
SKU = "DEMO-HEARTBEAT"
"""A product that nobody buys."""

SHIPMENT = "HEARTBEAT"


class HeartbeatEvents:
    """Makes events about one order of a trial's world."""

    def __init__(self, world: World) -> None:
        """Choose the order."""
        self._order = next(order for order in world.orders if order.scenario is Scenario.CANCELED_EARLY)
        self.payloads = _payloads(self._order)
        self._numbers = count(1)

    @property
    def key(self) -> OrderKey:
        """The order of all heartbeats."""
        return self._order.key

    def initial(self) -> Iterator[Publication]:
        """Yield the events that place and cancel the order, then a first heartbeat for each consumer."""
        for event in self._order.events:
            yield publication(event.payload, event.event_id)
        for consumer in self.payloads:
            yield self.next_for(consumer)

    def next_for(self, loop: str) -> Publication:
        """Return a new event for a loop. The collector's is unroutable, so that it ends in its queue."""
        number = next(self._numbers)
        if loop == COLLECTOR:
            return Publication("order.exploded", b"heartbeat %d" % number)
        return publication(self.payloads[loop], f"heartbeat/{number}")


def _payloads(order: ScriptedOrder) -> dict[str, Payload]:
    """Return a payload for each consumer, with a parcel although the order is canceled."""
    canceled = order.events[-1].payload
    assert isinstance(canceled, StatusChanged)
    key = {"store_id": order.key[0], "amazon_order_id": order.key[1]}
    parcel = {"shipment_id": SHIPMENT, "shipped_at": canceled.last_update_date}
    by_consumer: dict[str, Payload] = {
        "order-placed": order.events[0].payload,
        "status-changed": canceled,
        "commerce-shipped": CommerceShipped.model_validate(
            key | parcel | {"carrier_code": "UPS", "tracking_number": "1"}
        ),
        "importer": payloads.ImportRequested(**key),
        "confirmer": payloads.ShipmentConfirmationRequested(**key, shipment_id=SHIPMENT),
        "completer": payloads.CompletionRequested(**key),
        "catalog-changed": payloads.CatalogChanged(sku=SKU),
        "canceller": payloads.CancelRequested(**key, reason="NoInventory"),
        "commerce-canceller": payloads.CommerceCancelRequested(**key),
        "reserver": payloads.ReservationRequested(**key),
    }
    assert set(by_consumer) == set(CONSUMERS)
    return by_consumer


class HeartbeatPublisher(Publisher):
    """Publishes heartbeats from its own thread, so that no other publisher's wait for the broker delays them."""

    def __init__(self, environment: Environment, events: HeartbeatEvents) -> None:
        """Start with the initial events."""
        super().__init__(environment)
        self._events = events
        self._queue: SimpleQueue[Publication | None] = SimpleQueue()
        for event in events.initial():
            self._queue.put(event)
        self._thread = threading.Thread(target=self._run, name="heartbeats", daemon=True)
        self._thread.start()

    @property
    def loops(self) -> frozenset[str]:
        """The loops that heartbeats can be sent to."""
        return frozenset({*CONSUMERS, COLLECTOR})

    def send_to(self, loops: Iterable[str]) -> None:
        """Queue a heartbeat for each of these loops."""
        for loop in loops:
            self._queue.put(self._events.next_for(loop))

    def sent(self) -> tuple[Sent, ...]:
        """Return the publications, marked as poison: one that is dead-lettered is not to be republished."""
        return tuple(replace(sent, poison=True) for sent in super().sent())

    def stop(self) -> None:
        """Stop, with or without publishing the queued events."""
        self._closed.set()
        self._queue.put(None)
        self._thread.join(60.0)
        self.close()

    def _run(self) -> None:
        while (event := self._queue.get()) is not None:
            self.publish_until_confirmed(event)
