"""The demo: the whole pipeline in one process, with a simulated Amazon and Commerce, run to the end and audited."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory
from threading import Event

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
from workers.process.bootstrap import Parts
from workers.reconciler import resend_unanswered
from workers.relay import Relay

BATCH = 100
CLOCK = (complete_shipped, expire_early, resend_unanswered)
"""The clock's run at the end: all but the sync, which would only ask for the same blocked orders again."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the demo came to; the fields are those of `crossdock demo --json`."""

    orders: int
    recorded: int
    imported: int
    blocked: int
    shipped: int
    completed: int
    canceled: int
    lost: int
    doubled: int


@contextmanager
def demo_parts() -> Iterator[Parts]:
    """Give parts that live in memory and in a folder which is gone afterwards."""
    with TemporaryDirectory(prefix="crossdock-demo-") as folder:
        ledger = Ledger.open(f"sqlite:///{Path(folder) / 'demo.db'}", Cipher.of([token_bytes(32)]))
        bus = open_bus("memory://", "crossdock demo")
        try:
            ledger.migrate()
            bus.declare(TOPOLOGY)
            yield Parts(Settings(), ledger, bus, SimulatedGateways(ledger.documents))
        finally:
            bus.close()
            ledger.close()


class Demo:
    """A world of orders, and the pipeline that they go through."""

    def __init__(self, parts: Parts, gateways: SimulatedGateways, orders: int, seed: int) -> None:
        """Make the world of *seed* with so many orders, and furnish Amazon, Commerce and the ledger with it."""
        self.world: World = make_world(seed, orders, datetime.now(UTC))
        self._parts = parts
        self._gateways = gateways
        self._said: set[DeliveryKey] = set()
        self._consumers = [Consumer(parts.processor(name), parts.bus, BATCH, BATCH) for name in CONSUMERS]
        self._relay = Relay(parts.ledger, parts.bus)
        self._furnish()

    def _furnish(self) -> None:
        self._gateways.commerce.catalog.save(self.world.products)
        self._gateways.amazon.place(self.world.placed)
        with self._parts.ledger.begin() as work:
            for store in self.world.stores:
                work.stores.save(store)
            for match in self.world.matches:
                work.matches.save(*match)

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Say everything, step by step, and handle it all. *progress* is told the events said, and of how many."""
        total = sum(len(acts) for acts in self.world.steps())
        said = 0
        for acts in self.world.steps():
            for start in range(0, len(acts), BATCH):
                said += self._say(acts[start : start + BATCH])
                self._drain()
                progress(said, total)
        run_all(CLOCK, self._parts.ledger, self._parts.settings, datetime.now(UTC))
        self._drain()

    def _say(self, acts: list[ScriptedEvent]) -> int:
        messages = [encode(act.payload, act.event_id, datetime.now(UTC)) for act in acts if self._may_say(act)]
        takers = {event: consumer for consumer, event in CONSUMERS.items()}
        self._said |= {(takers[message.name], message.key) for message in messages if message.key}
        self._parts.bus.publish(messages).wait(1.0)
        return len(acts)

    def _may_say(self, act: ScriptedEvent) -> bool:
        """Commerce announces parcels of its own orders only."""
        if not isinstance(act.payload, CommerceShipped) or not act.needs_commerce_order:
            return True
        return self._gateways.commerce.ship(act.payload)

    def _drain(self) -> None:
        stop = Event()
        while sum(consumer.turn(stop) for consumer in self._consumers) + self._relay.turn():
            pass

    def orders(self) -> list[Order]:
        """Return all orders as they ended, by the date of purchase."""
        with self._parts.ledger.read() as work:
            return work.orders.page(pager=OrderPager(page_size=len(self.world.orders) + 1)).rows

    def summary(self) -> Summary:
        """Count what became of the orders, and audit what was said against what was handled."""
        orders = self.orders()
        with self._parts.ledger.read() as work:
            audit = work.deliveries.audit(CONSUMERS)
        states = Counter(order.import_state for order in orders)
        statuses = Counter(order.status for order in orders)
        return Summary(
            orders=len(self.world.orders),
            recorded=len(orders),
            imported=sum(order.commerce_order is not None for order in orders),
            blocked=states[ImportState.BLOCKED],
            shipped=statuses[Status.SHIPPED] + statuses[Status.COMPLETED],
            completed=states[ImportState.COMPLETED],
            canceled=statuses[Status.CANCELED],
            lost=len((audit.published | self._said) - audit.handled),
            doubled=self._doubled(),
        )

    def _doubled(self) -> int:
        """Count in the outside's books: Commerce orders beyond one an order, pieces told twice, stock held twice."""
        made = [order for order in self._gateways.commerce.orders() if order.number]
        known = {order.key for order in self.orders() if order.commerce_order}
        surplus = len({order.number for order in made}) - len({order.key for order in made} & known)
        pieces = sum(
            max(0, told - order.quantities.get(item, told))
            for order in self._gateways.amazon.orders()
            for item, told in order.confirmed.items()
        )
        return surplus + pieces + sum(map(abs, self._gateways.commerce.reservation_drift().values()))
