"""The demo over HTTP: the loops of a process and the real clients, against a served Amazon and a served Commerce.

Both simulators run in this process, on loopback ports. What happens at Amazon and in the shop without Crossdock is done
by their control addresses; the rest goes the way of production: notifications from SQS, getOrder, carts, parcels.
"""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic
from typing import Any

from events.envelope import encode
from events.open_bus import open_bus
from events.registry import CONSUMERS
from events.topology import TOPOLOGY
from gateways.http.client import HttpClient
from gateways.simulator.driver import WorldDriver
from gateways.simulator.serving import served
from gateways.simulator.world.playbook import Act, playbook
from gateways.simulator.world.scenarios import HARD, Outcome
from gateways.simulator.world.world import World, make_world
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from operations.simulator import (
    MarketplaceOptions,
    SimulatorOptions,
    amazon_settings_for,
    open_amazon,
    open_commerce,
    settings_for,
    stock,
)
from schemas.order import Order, OrderKey
from schemas.order_filters import OrderPager
from schemas.payloads import AmazonReport, CommerceShipped
from schemas.settings import read_settings
from schemas.status import AmazonStatus, ImportState, Status
from schemas.store import OrderNumberSource, Store
from workers.amazon_intake import amazon_loops
from workers.amazon_subscription import subscribe
from workers.demo import Summary
from workers.jobs import complete_shipped, run_all
from workers.process.bootstrap import opened_systems
from workers.process.parts import Parts
from workers.process.retry import retry_until_stopped
from workers.runner import consumer_loops, relay_loops, run_loops

PATIENCE = 400.0
"""Seconds that the world may take to its end: failed calls are repeated after growing delays."""

LOOK = 0.1
"""Seconds between two looks at the orders."""

QUEUE = MarketplaceOptions(rate_factor=1000.0, notifications_doubled=0.2, notifications_delay=0.3, disorder=True)
"""Amazon's own rates would have a demo take an hour. Its queue doubles messages and shuffles them, as SQS may."""

PASSED = list(AmazonStatus)
"""The statuses in the sequence in which an order passes them: a parcel that came early has it go on at once."""

FINAL = {
    Outcome.COMPLETED: Status.COMPLETED,
    Outcome.IMPORTED: Status.UNSHIPPED,
    Outcome.PARTIALLY_SHIPPED: Status.PARTIALLY_SHIPPED,
    Outcome.PENDING: Status.PENDING,
    Outcome.CANCELED: Status.CANCELED,
    Outcome.FBA: Status.COMPLETED,
    Outcome.REPLACEMENT: Status.COMPLETED,
    Outcome.PRE_INTEGRATION: Status.SHIPPED,
    Outcome.VIEW_ONLY: Status.SHIPPED,
}
"""The status of an order at the end; a blocked one has Error, and the blocker of its outcome."""


@dataclass(frozen=True, slots=True)
class ServedParts:
    """The parts of the process, the driver of the world, and the world itself, stored at both ends."""

    parts: Parts
    driver: WorldDriver
    world: World


@contextmanager
def served_demo_parts(orders: int, seed: int) -> Iterator[ServedParts]:
    """Serve both simulators with the world of *seed*, and open parts that are connected to them."""
    options = SimulatorOptions(seed)
    world = make_world(seed, orders, datetime.now(UTC), HARD)
    commerce, amazon = open_commerce(options), open_amazon(options, QUEUE)
    stock(commerce.shop, world.products)
    with ExitStack() as stack:
        shop_url, amazon.url = (stack.enter_context(served(server)) for server in (commerce, amazon))
        values = settings_for(commerce, _port(shop_url)) | amazon_settings_for(amazon, _port(amazon.url))
        stack.enter_context(_environment({name: value for name, value in values.items() if name.startswith("AWS_")}))
        driver = WorldDriver(
            stack.enter_context(closing(HttpClient("commerce", shop_url))),
            stack.enter_context(closing(HttpClient("amazon", amazon.url))),
        )
        parts = stack.enter_context(_opened_parts(values))
        _store_world(parts.ledger, world)
        retry_until_stopped(
            lambda: subscribe(parts.settings, parts.ledger, replace=False), "subscribe to notifications", Event()
        )
        yield ServedParts(parts, driver, world)


@contextmanager
def _opened_parts(values: Mapping[str, str]) -> Iterator[Parts]:
    settings = read_settings(values)
    with TemporaryDirectory(prefix="crossdock-demo-") as folder, ExitStack() as stack:
        ledger = Ledger.open(f"sqlite:///{Path(folder) / 'demo.db'}", Cipher.of([token_bytes(32)]))
        stack.enter_context(closing(ledger))
        bus = stack.enter_context(closing(open_bus("memory://", "crossdock demo")))
        ledger.migrate()
        bus.declare(TOPOLOGY)
        systems = stack.enter_context(opened_systems(settings, ledger))
        yield Parts(settings, ledger, bus, systems.gateways, amazon=systems.amazon)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables, which boto3 reads, until the block ends."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _store_world(ledger: Ledger, world: World) -> None:
    with ledger.begin() as work:
        for store in world.stores:
            work.stores.save(_placed_through_carts(store))
        for match in world.matches:
            work.matches.save(*match)


def _placed_through_carts(store: Store) -> Store:
    """Return a store as the served shop takes it: one store view, and Commerce's numbers, as carts have them."""
    changes = {"commerce_store_view": "default", "order_number_source": OrderNumberSource.COMMERCE}
    return store.model_copy(update={"settings": store.settings.model_copy(update=changes)})


class ServedDemo:
    """The world's orders, played against the simulators while the loops of a process run."""

    def __init__(self, served_parts: ServedParts) -> None:
        """Play the world of these parts."""
        self.world = served_parts.world
        self._parts = served_parts.parts
        self._driver = served_parts.driver
        self._shipped: set[tuple[OrderKey, str]] = set()

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Play the world. *progress* gets how many acts of it have happened, and the total."""
        stop = Event()
        loops = consumer_loops(self._parts, list(CONSUMERS)) | relay_loops(self._parts) | amazon_loops(self._parts)
        thread = Thread(target=run_loops, args=(loops, stop), name="loops")
        thread.start()
        try:
            self._play(progress)
        finally:
            stop.set()
            thread.join()

    def _play(self, progress: Callable[[int, int], None]) -> None:
        """Let each order go on once its last act is known everywhere, whatever the others wait for."""
        scripts = [deque(script) for script in playbook(self.world)]
        last: dict[int, Act] = {}
        total, happened = sum(map(len, scripts)), 0

        def go_on(orders: Mapping[OrderKey, Order]) -> bool:
            nonlocal happened
            settled = [n not in last or _is_settled(orders, last[n]) for n in range(len(scripts))]
            ready = [n for n, script in enumerate(scripts) if script and settled[n]]
            last.update({n: scripts[n].popleft() for n in ready})
            self._happen([last[n] for n in ready])
            happened += len(ready)
            progress(happened, total)
            return happened == total and not ready and all(settled)

        self._wait(go_on)
        run_all((complete_shipped,), self._parts.ledger, self._parts.settings, datetime.now(UTC))
        self._wait(lambda orders: not _unfinished(self.world, orders))

    def _happen(self, acts: Sequence[Act]) -> None:
        if reports := [act.payload for act in acts if isinstance(act.payload, AmazonReport)]:
            self._driver.report(reports)
        self._ship([act for act in acts if isinstance(act.payload, CommerceShipped)])

    def _ship(self, acts: Sequence[Act]) -> None:
        """Ship parcels in the shop, and publish what the shop would report of them."""
        parcels = [self._driver.ship(act.payload) if act.needs_commerce_order else act.payload for act in acts]  # type: ignore[arg-type]
        known = [parcel for parcel in parcels if isinstance(parcel, CommerceShipped)]
        self._shipped |= {(_key_of(parcel), str(parcel.tracking_number)) for parcel in known}
        messages = [encode(p, f"shipment/{p.shipment_id}", datetime.now(UTC)) for p in known]
        if messages:
            self._parts.bus.publish(messages).wait(1.0)

    def _wait(self, is_over: Callable[[Mapping[OrderKey, Order]], bool]) -> None:
        """Wait until *is_over*; what is not as it should be when patience ends, the summary shows."""
        until, pause = monotonic() + PATIENCE, Event()
        while not is_over({order.key: order for order in self.orders()}) and monotonic() < until:
            pause.wait(LOOK)

    def orders(self) -> list[Order]:
        """Return all orders in their present state, by date of purchase."""
        with self._parts.ledger.read() as work:
            return work.order_lists.page(pager=OrderPager(page_size=len(self.world.orders) + 1)).rows

    def summary(self) -> Summary:
        """Count the orders by their final states, and compare the books of both simulators with them."""
        orders = self.orders()
        commerce, amazon = self._driver.books()
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
            lost=self._lost(amazon, orders),
            doubled=_doubled(commerce, amazon),
        )

    def _lost(self, amazon: Any, orders: Sequence[Order]) -> int:
        """Count orders that did not end as they should, and parcels that Amazon does not have."""
        confirmed = {
            (order_id, package["trackingNumber"])
            for order_id, order in amazon["orders"].items()
            for package in order["packages"]
        }
        parcels = {(key[1], number) for key, number in self._shipped} - confirmed
        return len(_unfinished(self.world, {order.key: order for order in orders})) + len(parcels)


def _key_of(payload: AmazonReport | CommerceShipped) -> OrderKey:
    """Return the key of the order that a payload is about."""
    return payload.store_id, payload.amazon_order_id


def _is_settled(orders: Mapping[OrderKey, Order], act: Act) -> bool:
    """Return whether an act is known in the ledger, and what it asks for is done."""
    order = orders.get(_key_of(act.payload))
    if order is None:
        return isinstance(act.payload, CommerceShipped) and not act.needs_commerce_order
    if isinstance(act.payload, CommerceShipped):
        return bool(order.parcels) and all(parcel.confirmed_items for parcel in order.parcels)
    is_known = PASSED.index(order.amazon_status) >= PASSED.index(act.payload.status)
    return is_known and order.import_state is not ImportState.REQUESTED


def _unfinished(world: World, orders: Mapping[OrderKey, Order]) -> list[OrderKey]:
    """Return the orders that are not in the final state of their stories."""
    return [each.key for each in world.orders if not _is_final(each.expected, orders.get(each.key))]


def _is_final(expected: Outcome, order: Order | None) -> bool:
    if order is None:
        return False
    if expected.blocker:
        return expected.blocker in {blocker.kind for blocker in order.blockers}
    return order.status is FINAL[expected]


def _doubled(commerce: Any, amazon: Any) -> int:
    """Count by the books: surplus Commerce orders, pieces confirmed twice, stock reserved without reason."""
    created = Counter(order["ext_order_id"] for order in commerce["orders"])
    surplus = sum(count - 1 for count in created.values())
    excess = sum(
        max(0, quantity - order["ordered"][item])
        for order in amazon["orders"].values()
        for item, quantity in order["confirmed"].items()
    )
    drift = sum(abs(pieces) for pieces in commerce["drift"].values())
    return int(surplus + excess + drift)
