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
from bench.environment import Environment
from bench.errors import BenchError
from bench.load import EVENTS_PER_ORDER, upstream_event
from bench.processes import cpu_seconds, end_of_log, memory_bytes, running, still_running
from events.open_bus import open_bus

WARM = 0.1
"""The share of a leg that is not counted: processes that start together do not begin together."""

LOOK_EVERY = 1.0
"""Seconds between two looks at the workers' memory."""


@dataclass(slots=True)
class Race:
    """The result of a race. Processor times are seconds of the timed part; absent for servers that are not private."""

    contender: str
    processes: int
    events: int = 0
    seconds: float = 0.0
    worker_cpu: float = 0.0
    broker_cpu: float | None = 0.0
    database_cpu: float | None = 0.0
    bench_cpu: float = 0.0
    memory: int = 0
    startups: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def cores(self) -> float | None:
        """How many cores workers, servers and the bench itself kept busy; None where the servers are not private."""
        if self.broker_cpu is None or self.database_cpu is None:
            return None
        return (self.worker_cpu + self.broker_cpu + self.database_cpu + self.bench_cpu) / self.seconds

    def add(self, first: "Mark", last: "Mark") -> None:
        """Add the difference of two marks."""
        self.events += last.events - first.events
        self.seconds += last.at - first.at
        self.worker_cpu += last.worker_cpu - first.worker_cpu
        self.broker_cpu = _sum(self.broker_cpu, first.broker_cpu, last.broker_cpu)
        self.database_cpu = _sum(self.database_cpu, first.database_cpu, last.database_cpu)
        self.bench_cpu += last.bench_cpu - first.bench_cpu


@dataclass(frozen=True, slots=True)
class Mark:
    """The state of a leg at one instant."""

    at: float
    events: int
    worker_cpu: float
    broker_cpu: float | None
    database_cpu: float | None
    bench_cpu: float


@dataclass(slots=True)
class Track:
    """A contender with its queues and connections."""

    environment: Environment
    contender: Contender
    broker: Broker
    wrap: Wrap
    drain: Drain

    def mark(self, workers: list[int]) -> Mark:
        """Record the progress of the race and its cost so far."""
        servers = self.environment.servers
        broker = cpu_seconds([servers.broker_pid]) if servers.broker_pid else None
        database = cpu_seconds([servers.database_pid]) if servers.database_pid else None
        bench = time.process_time()
        return Mark(time.monotonic(), self.drain.count, cpu_seconds(workers), broker, database, bench)


@contextmanager
def track(environment: Environment, contender: Contender) -> Iterator[Track]:
    """Give queues, drain and connections, which are gone afterwards."""
    broker = Broker(environment.broker_url)
    try:
        wrap = contender.prepare(environment, broker)
        bus = open_bus(environment.broker_url, "bench drain")
        try:
            yield Track(environment, contender, broker, wrap, Drain(bus))
        finally:
            bus.close()
            contender.clear(broker)
    finally:
        broker.close()


def race(
    environment: Environment,
    contender: Contender,
    processes: int,
    orders: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Race:
    """Run one contender over all three events of these orders, with an audit. *progress* gets the number of events."""
    result = Race(contender.name, processes)
    with track(environment, contender) as ground:
        try:
            for step in range(EVENTS_PER_ORDER):
                _leg(ground, result, step, orders, progress)
        except BenchError as error:
            raise BenchError(f"{contender.name}: {error}\n{end_of_log(environment.log)}") from None
        audit(environment, ground.broker, contender, ground.drain, orders)
    return result


def _leg(ground: Track, result: Race, step: int, orders: int, progress: Callable[[int], None]) -> None:
    queue = ground.contender.queue_of(upstream_event(0, step).name)
    ground.broker.publish(ground.wrap(upstream_event(number, step)) for number in range(orders))
    ground.broker.wait_for_depth(queue, orders)
    before = ground.drain.count
    started = time.monotonic()
    commands = ground.contender.commands(result.processes)
    with running(commands, ground.environment.variables(), ground.environment.log) as workers:
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
