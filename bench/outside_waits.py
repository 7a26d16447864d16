"""How long one order takes: beside calls that hang, and from Amazon's notification to the Commerce order.

Orders come at a steady rate to processes that are idle, and each is timed until it is announced as imported.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from statistics import quantiles

from bench.broker import Broker
from bench.contenders import PYTHON
from bench.drain import FOLLOW_UPS
from bench.environment import Environment
from bench.errors import BenchError
from bench.outside_load import CONFIRM_SECONDS, placed, record
from bench.processes import running
from bench.served import HANGING_SKU, SKU, run_command, served
from events.bus import Subscription
from events.open_bus import open_bus
from events.topology import EVENTS

A_SECOND = 10

HANGING_EVERY, HANGING_FIRST = 40, 5
"""The orders whose calls hang: few enough, for so many callers are lost to them until they give up."""

FAST_AMAZON = 1000.0
"""Times Amazon's rates: it grants a seller one getOrder in two seconds, after a burst, and ten a second are timed."""

STALL_LIMIT = 60.0
"""Seconds without an order imported after which the measurement counts as stuck."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds from one end to the other: the median, the 99th percentile, the longest."""

    p50: float
    p99: float
    longest: float


def measure_hanging(environment: Environment, group: int, orders: int, *, hanging: bool) -> Waits:
    """Time orders from the request to import them; with *hanging*, every call for each fortieth order hangs."""
    hung = {number for number in range(orders) if hanging and number % HANGING_EVERY == HANGING_FIRST}
    placements = [placed(group, number, HANGING_SKU if number in hung else SKU) for number in range(orders)]
    requests = {request.order_id: request for request in record(environment, placements)}
    timed = [placement.amazon_order_id for number, placement in enumerate(placements) if number not in hung]
    with (
        served(environment, *(("--hanging", HANGING_SKU) if hanging else ())) as shop,
        _arrivals(environment) as waits_of,
        running([[*PYTHON, "crossdock", "work", "importer"]], shop.variables, environment.log),
        closing(open_bus(environment.broker_url, "bench")) as bus,
    ):
        ids = [placement.amazon_order_id for placement in placements]
        return waits_of(ids, timed, lambda order_id: bus.publish([requests[order_id]]).wait(CONFIRM_SECONDS))


def measure_notified(environment: Environment, group: int, orders: int) -> Waits:
    """Time orders from their notification in SQS."""
    placements = {
        placement.amazon_order_id: placement for placement in (placed(group, number) for number in range(orders))
    }
    words = (["intake", "amazon"], ["work", "order-placed", "status-changed", "importer"])
    commands = [[*PYTHON, "crossdock", *arguments] for arguments in words]
    with served(environment, "--rate-factor", str(FAST_AMAZON)) as world, _arrivals(environment) as waits_of:
        run_command(["intake", "amazon", "subscribe"], world.variables)
        with running(commands, world.variables, environment.log):
            ids = list(placements)
            return waits_of(ids, ids, lambda order_id: world.driver.report([placements[order_id]]))


WaitsOf = Callable[[Sequence[str], Sequence[str], Callable[[str], object]], Waits]
"""Takes the ids of all orders, those that are timed, and the function that sends one."""


@contextmanager
def _arrivals(environment: Environment) -> Iterator[WaitsOf]:
    """Give a function that sends orders, and returns the times of some of them until they were announced."""
    broker = Broker(environment.broker_url)
    broker.ensure(FOLLOW_UPS)
    broker.bind(FOLLOW_UPS, EVENTS, "order.imported")
    bus = open_bus(environment.broker_url, "bench arrivals")
    try:
        yield _Arrivals(bus.subscribe(FOLLOW_UPS, 500)).waits_of
    finally:
        bus.close()
        broker.remove([FOLLOW_UPS], [])
        broker.close()


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """The announcements of imported orders."""

    subscription: Subscription

    def waits_of(self, order_ids: Sequence[str], timed: Sequence[str], send: Callable[[str], object]) -> Waits:
        """Send all orders, and return the times of those that are timed, but of the first: with it processes start."""
        first, *others = order_ids
        send(first)
        self._wait_for({first})
        counted = set(timed) - {first}
        with ThreadPoolExecutor(1) as beside:
            awaited = beside.submit(self._wait_for, counted)
            sent = _steadily(others, send)
            arrivals = awaited.result()
        took = [arrivals[order_id] - sent[order_id] for order_id in counted]
        cuts = quantiles(took, n=100, method="inclusive")
        return Waits(cuts[49], cuts[98], max(took))

    def _wait_for(self, order_ids: set[str]) -> dict[str, float]:
        arrivals: dict[str, float] = {}
        moved = time.monotonic()
        while order_ids - arrivals.keys():
            deliveries = self.subscription.receive(500, 0.2)
            now = time.monotonic()
            arrivals |= {json.loads(delivery.message.body)["subject"]: now for delivery in deliveries}
            self.subscription.ack(deliveries)
            if deliveries:
                moved = now
            elif now - moved > STALL_LIMIT:
                missing = order_ids - arrivals.keys()
                raise BenchError(f"{len(missing)} of {len(order_ids)} orders were not imported.")
        return arrivals


def _steadily(order_ids: Sequence[str], send: Callable[[str], object]) -> dict[str, float]:
    """Send orders at a steady rate; return when each was there."""
    sent = {}
    started = time.monotonic()
    for number, order_id in enumerate(order_ids):
        time.sleep(max(0.0, started + number / A_SECOND - time.monotonic()))
        send(order_id)
        sent[order_id] = time.monotonic()
    return sent
