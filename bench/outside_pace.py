"""An importer and a slow shop: how well it uses the calls that it may make at a time, and what an order costs it.

The shop's answers take a log-normal time. Calls are as many callers, of which each is at work for an order or waits for
the shop; `use` is the share of their time in which the shop was at work for them, by the shop's own books.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.contenders import PYTHON
from bench.environment import Environment
from bench.errors import BenchError
from bench.outside_load import placed, publish, record
from bench.processes import cpu_seconds, running
from bench.served import Served, served

CALLERS = 32
MEDIAN, P99 = 0.2, 3.0
"""Seconds of the shop's answers."""

WARM = 2 * CALLERS
"""Orders at the beginning and at the end that are not counted: callers begin together, and end one after the other."""

LOOK_EVERY = 0.2
PATIENCE = 120.0
"""Seconds without a new order after which the measurement counts as stuck."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What one importer does; `milliseconds` is its processor time for an order."""

    orders_per_second: float
    use: float
    calls_per_order: float
    milliseconds: float


@dataclass(frozen=True, slots=True)
class _Mark:
    at: float
    cpu: float
    orders: int
    calls: int
    seconds: float


def measure_pace(environment: Environment, orders: int) -> Pace:
    """Have so many orders imported, more than twice WARM."""
    requests = record(environment, [placed(0, number) for number in range(orders)])
    publish(environment, requests)
    with served(environment, "--delay", str(MEDIAN), "--slowest", str(P99)) as shop:
        variables = {**shop.variables, "CROSSDOCK_COMMERCE_CALLS": str(CALLERS)}
        with running([[*PYTHON, "crossdock", "work", "importer"]], variables, environment.log) as workers:
            pids = [worker.pid for worker in workers]
            first = _mark_at(shop, pids, WARM)
            return _between(first, _mark_at(shop, pids, orders - WARM))


def _mark_at(shop: Served, pids: Sequence[int], orders: int) -> _Mark:
    """Wait until Commerce has so many orders."""
    known, moved = -1, time.monotonic()
    while True:
        traffic = shop.traffic()
        if traffic.orders >= orders:
            return _Mark(time.monotonic(), cpu_seconds(pids), traffic.orders, traffic.calls, traffic.seconds)
        if traffic.orders != known:
            known, moved = traffic.orders, time.monotonic()
        elif time.monotonic() - moved > PATIENCE:
            raise BenchError(f"Commerce has {known} of {orders} orders, and gets no others.")
        time.sleep(LOOK_EVERY)


def _between(first: _Mark, last: _Mark) -> Pace:
    orders, seconds = last.orders - first.orders, last.at - first.at
    return Pace(
        orders_per_second=orders / seconds,
        use=(last.seconds - first.seconds) / (CALLERS * seconds),
        calls_per_order=(last.calls - first.calls) / orders,
        milliseconds=(last.cpu - first.cpu) * 1000 / orders,
    )
