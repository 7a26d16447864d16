"""The bell: events that any consumer handles whatever else goes on, so that one that is silent is seen to be broken.

All are about one order, which is canceled before it is imported: nothing they say changes it any more.
"""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from queue import SimpleQueue

from events.registry import CONSUMERS
from faults.environment import Place
from faults.history import Sent
from faults.plan import Publication, publication
from faults.publisher import Voice
from gateways.simulator.world.scenarios import Story
from gateways.simulator.world.world import ScriptedOrder, World
from schemas import payloads
from schemas.order import OrderKey
from schemas.payloads import CommerceShipped, Payload, StatusChanged

COLLECTOR = "collector"
SKU = "DEMO-BELL"
"""A product that nobody buys."""


class Bell:
    """Hangs in the world of a trial."""

    def __init__(self, world: World) -> None:
        """Choose the order."""
        self._order = next(order for order in world.orders if order.story is Story.CANCELED_EARLY)
        self.payloads = _payloads(self._order)
        self._strokes = count(1)

    @property
    def key(self) -> OrderKey:
        """The order that all is about."""
        return self._order.key

    def hung(self) -> Iterator[Publication]:
        """Return what has to be said before the first stroke."""
        for act in self._order.acts:
            yield publication(act.payload, act.event_id)
        for consumer in self.payloads:
            yield self.stroke(consumer)

    def stroke(self, loop: str) -> Publication:
        """Return something for a loop that was never said before. What nobody takes comes to the collector."""
        number = next(self._strokes)
        if loop == COLLECTOR:
            return Publication("order.exploded", b"bell %d" % number)
        return publication(self.payloads[loop], f"bell/{number}")


def _payloads(order: ScriptedOrder) -> dict[str, Payload]:
    """Return what is said to each consumer; a parcel leaves although the order is canceled."""
    said = order.acts[-1].payload
    assert isinstance(said, StatusChanged)
    key = {"store_id": order.key[0], "amazon_order_id": order.key[1]}
    parcel = {"shipment_id": "BELL", "shipped_at": said.last_update_date, "carrier_code": "UPS", "tracking_number": "1"}
    found: dict[str, Payload] = {
        "order-placed": order.acts[0].payload,
        "status-changed": said,
        "commerce-shipped": CommerceShipped.model_validate(key | parcel),
        "importer": payloads.ImportRequested(**key),
        "confirmer": payloads.ShipmentConfirmationRequested(**key, shipment_id="BELL"),
        "completer": payloads.CompletionRequested(**key),
        "catalog-changed": payloads.CatalogChanged(sku=SKU),
        "canceller": payloads.CancelRequested(**key, reason="NoInventory"),
        "commerce-canceller": payloads.CommerceCancelRequested(**key),
        "reserver": payloads.ReservationRequested(**key),
    }
    assert set(found) == set(CONSUMERS)
    return found


class Ringer(Voice):
    """Rings the bell from a thread of its own: it must not be late because others wait for the broker."""

    def __init__(self, place: Place, bell: Bell) -> None:
        """Say at once what the bell hangs on."""
        super().__init__(place)
        self._bell = bell
        self._wanted: SimpleQueue[Publication | None] = SimpleQueue()
        for one in bell.hung():
            self._wanted.put(one)
        self._thread = threading.Thread(target=self._run, name="ringer", daemon=True)
        self._thread.start()

    @property
    def heard_by(self) -> frozenset[str]:
        """The loops that hear the bell."""
        return frozenset({*CONSUMERS, COLLECTOR})

    def ring(self, loops: Iterable[str]) -> None:
        """Have something said to each of these loops."""
        for loop in loops:
            self._wanted.put(self._bell.stroke(loop))

    def sent(self) -> tuple[Sent, ...]:
        """Return what was tried and confirmed. What is set aside stays so, as poison does: the order has gone on."""
        return tuple(replace(one, poison=True) for one in super().sent())

    def stop(self) -> None:
        """End, whether all is said or not."""
        self._silent.set()
        self._wanted.put(None)
        self._thread.join(60.0)
        self.silence()

    def _run(self) -> None:
        while (one := self._wanted.get()) is not None:
            self.say(one)
