"""A race: one contender takes a full queue of each of the three events in turn, as fast as it can.

Each leg begins with a queue that is full already and workers that are not running, so that nobody publishes while the
clock runs and no event of an order overtakes another. The clock runs from a tenth of the leg to its end: starting up is
measured by itself.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.audit import audit
from bench.broker import Broker
from bench.contenders import Contender, Wrap
from bench.drain import Drain
from bench.errors import BenchError
from bench.load import EVENTS_PER_ORDER, told
from bench.place import Place
from bench.processes import cpu_seconds, last_words, memory_bytes, running, still_running
from events.open_bus import open_bus

WARM = 0.1
"""The part of a leg that does not count: processes that start together do not begin together."""

LOOK_EVERY = 1.0
"""Seconds between two looks at the workers' memory."""


@dataclass(slots=True)
class Race:
    """What a race came to. Processor times are seconds within the clock; absent for servers that are not ours."""

    contender: str
    processes: int
    events: int = 0
    seconds: float = 0.0
    worker_cpu: float = 0.0
    broker_cpu: float | None = 0.0
    database_cpu: float | None = 0.0
    memory: int = 0
    startups: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    def add(self, first: "Mark", last: "Mark") -> None:
        """Add what lies between two marks."""
        self.events += last.events - first.events
        self.seconds += last.at - first.at
        self.worker_cpu += last.worker_cpu - first.worker_cpu
        self.broker_cpu = _sum(self.broker_cpu, first.broker_cpu, last.broker_cpu)
        self.database_cpu = _sum(self.database_cpu, first.database_cpu, last.database_cpu)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a leg stands at one instant."""

    at: float
    events: int
    worker_cpu: float
    broker_cpu: float | None
    database_cpu: float | None


@dataclass(slots=True)
class Track:
    """What a contender needs to run in a place."""

    place: Place
    contender: Contender
    broker: Broker
    wrap: Wrap
    drain: Drain

    def mark(self, workers: list[int]) -> Mark:
        """Note how far the race is and what it has cost so far."""
        servers = self.place.servers
        broker = cpu_seconds([servers.broker_pid]) if servers.broker_pid else None
        database = cpu_seconds([servers.database_pid]) if servers.database_pid else None
        return Mark(time.monotonic(), self.drain.count, cpu_seconds(workers), broker, database)


@contextmanager
def track(place: Place, contender: Contender) -> Iterator[Track]:
    """Give queues, drain and connections, which are gone afterwards."""
    broker = Broker(place.broker_url)
    try:
        wrap = contender.prepare(place, broker)
        bus = open_bus(place.broker_url, "bench drain")
        try:
            yield Track(place, contender, broker, wrap, Drain(bus))
        finally:
            bus.close()
            contender.clear(broker)
    finally:
        broker.close()


def race(
    place: Place, contender: Contender, processes: int, orders: int, progress: Callable[[int], None] = lambda _: None
) -> Race:
    """Run one contender over all three events of so many orders, audited. *progress* is told the events done."""
    result = Race(contender.name, processes)
    with track(place, contender) as ground:
        try:
            for step in range(EVENTS_PER_ORDER):
                _leg(ground, result, step, orders, progress)
        except BenchError as error:
            raise BenchError(f"{contender.name}: {error}\n{last_words(place.log)}") from None
        audit(place, ground.broker, contender, ground.drain, orders)
    return result


def _leg(ground: Track, result: Race, step: int, orders: int, progress: Callable[[int], None]) -> None:
    queue = ground.contender.queue_of(told(0, step).name)
    ground.broker.publish(ground.wrap(told(number, step)) for number in range(orders))
    ground.broker.wait_for_depth(queue, orders)
    before = ground.drain.count
    started = time.monotonic()
    commands = ground.contender.commands(result.processes)
    with running(commands, ground.place.environment(), ground.place.log) as workers:
        pids = [worker.pid for worker in workers]
        looked = time.monotonic()

        def look() -> None:
            nonlocal looked
            progress(ground.drain.count)
            still_running(workers)
            if time.monotonic() - looked > LOOK_EVERY:
                result.memory = max(result.memory, memory_bytes(pids))
                looked = time.monotonic()

        ground.drain.until(before + 1, look)
        result.startups.append(time.monotonic() - started)
        ground.drain.until(before + int(orders * WARM), look)
        first = ground.mark(pids)
        ground.drain.until(before + orders, look)
        result.add(first, ground.mark(pids))
        result.memory = max(result.memory, memory_bytes(pids))


def _sum(total: float | None, first: float | None, last: float | None) -> float | None:
    return None if total is None or first is None or last is None else total + last - first
