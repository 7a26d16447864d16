"""The demo: all loops in one process against a simulated Amazon and Commerce, run to the end and audited."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory
from threading import Event
from typing import Self

from events.envelope import encode
from events.open_bus import open_bus
from events.registry import CONSUMERS
from events.topology import TOPOLOGY
from gateways.simulator.gateways import SimulatedGateways
from gateways.simulator.world.world import ScriptedEvent, World, make_world
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from ledger.messages.delivery_audit import DeliveryKey
from schemas.order import Order
from schemas.order_filters import OrderPager
from schemas.payloads import CommerceShipped
from schemas.settings import Settings
from schemas.status import ImportState, Status
from workers.consumer import Consumer
from workers.jobs import complete_shipped, expire_early, run_all
from workers.process.parts import Parts
from workers.relay import Relay
from workers.resender import resend_unanswered

BATCH = 100
FINAL_JOBS = (complete_shipped, expire_early, resend_unanswered)
"""Jobs run at the end: not the retry of blocked orders, whose causes are never fixed here."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals of a demo; the fields are those of `crossdock demo --json`."""

    orders: int
    recorded: int
    imported: int
    blocked: int
    shipped: int
    completed: int
    canceled: int
    lost: int
    doubled: int

    @classmethod
    def of(cls, orders: Sequence[Order], expected: int, lost: int, doubled: int) -> Self:
        """Count the recorded orders, of *expected*, by their final states."""
        states = Counter(order.import_state for order in orders)
        statuses = Counter(order.status for order in orders)
        return cls(
            orders=expected,
            recorded=len(orders),
            imported=sum(order.commerce_order is not None for order in orders),
            blocked=states[ImportState.BLOCKED],
            shipped=statuses[Status.SHIPPED] + statuses[Status.COMPLETED],
            completed=states[ImportState.COMPLETED],
            canceled=statuses[Status.CANCELED],
            lost=lost,
            doubled=doubled,
        )


@contextmanager
def demo_parts() -> Iterator[Parts]:
    """Open parts in memory and in a temporary folder, which is removed afterwards."""
    with TemporaryDirectory(prefix="crossdock-demo-") as folder:
        ledger = Ledger.open(f"sqlite:///{Path(folder) / 'demo.db'}", Cipher.of([token_bytes(32)]))
        bus = open_bus("memory://", "crossdock demo")
        try:
            ledger.migrate()
            bus.declare(TOPOLOGY)
            settings = Settings()
            yield Parts(settings, ledger, bus, SimulatedGateways(ledger.documents))
        finally:
            bus.close()
            ledger.close()


class Demo:
    """A world of scripted orders, and the consumers that process them."""

    def __init__(self, parts: Parts, orders: int, seed: int) -> None:
        """Make the world of *seed* with *orders* orders, and store it in Amazon, Commerce and the ledger."""
        self.world: World = make_world(seed, orders, datetime.now(UTC))
        self._parts = parts
        assert isinstance(parts.gateways, SimulatedGateways)  # noqa: S101 - as `demo_parts` opens them
        self._gateways = parts.gateways
        self._published: set[DeliveryKey] = set()
        self._consumers = [Consumer(parts.processor(name), parts.bus, BATCH, BATCH) for name in CONSUMERS]
        self._relay = Relay(parts.ledger, parts.bus)
        self._store_world()

    def _store_world(self) -> None:
        self._gateways.commerce.catalog.save(self.world.products)
        self._gateways.amazon.place(self.world.placed)
        with self._parts.ledger.begin() as work:
            for store in self.world.stores:
                work.stores.save(store)
            for match in self.world.matches:
                work.matches.save(*match)

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Publish all events step by step, and handle them. *progress* gets how many are published, and the total."""
        total = sum(len(step) for step in self.world.steps())
        published = 0
        for step in self.world.steps():
            for start in range(0, len(step), BATCH):
                published += self._publish(step[start : start + BATCH])
                self._drain()
                progress(published, total)
        run_all(FINAL_JOBS, self._parts.ledger, self._parts.settings, datetime.now(UTC))
        self._drain()

    def _publish(self, scripted: list[ScriptedEvent]) -> int:
        now = datetime.now(UTC)
        messages = [encode(event.payload, event.event_id, now) for event in scripted if self._happens(event)]
        consumers = {event: consumer for consumer, event in CONSUMERS.items()}
        self._published |= {(consumers[message.name], message.key) for message in messages if message.key}
        self._parts.bus.publish(messages).wait(1.0)
        return len(scripted)

    def _happens(self, event: ScriptedEvent) -> bool:
        """Return whether an event can happen: Commerce ships parcels of its own orders only."""
        if not isinstance(event.payload, CommerceShipped) or not event.needs_commerce_order:
            return True
        return self._gateways.commerce.ship(event.payload)

    def _drain(self) -> None:
        stop = Event()
        while sum(consumer.turn(stop) for consumer in self._consumers) + self._relay.turn():
            pass

    def close(self) -> None:
        """Unsubscribe the consumers."""
        for consumer in self._consumers:
            consumer.close()

    def orders(self) -> list[Order]:
        """Return all orders in their final state, by date of purchase."""
        with self._parts.ledger.read() as work:
            return work.order_lists.page(pager=OrderPager(page_size=len(self.world.orders) + 1)).rows

    def summary(self) -> Summary:
        """Count the orders by their final states, and compare published events with handled ones."""
        orders = self.orders()
        with self._parts.ledger.read() as work:
            audit = work.deliveries.audit(CONSUMERS)
        return Summary.of(
            orders, len(self.world.orders), len((audit.published | self._published) - audit.handled), self._doubled()
        )

    def _doubled(self) -> int:
        """Count duplicate effects: surplus Commerce orders, quantities confirmed twice, stock reserved twice."""
        created = [order for order in self._gateways.commerce.orders() if order.number]
        recorded = {order.key for order in self.orders() if order.commerce_order}
        surplus = len({order.number for order in created}) - len({order.key for order in created} & recorded)
        excess = sum(
            max(0, confirmed - order.quantities.get(item, confirmed))
            for order in self._gateways.amazon.orders()
            for item, confirmed in order.confirmed.items()
        )
        return surplus + excess + sum(map(abs, self._gateways.commerce.reservation_drift().values()))
