"""An importer and a slow shop: how well it uses the calls that it may make at a time, and what an order costs it.

Each way in which a shop's stock may be kept right is measured alone. The importer's processor time is that of its
process between its first and its last counted order, so without its start; the shop is a process of its own.
The shop's answers take a log-normal time. Calls are as many callers, of which each is at work for an order or waits for
the shop; `use` is the share of their time in which the shop was at work for them, by the shop's own books.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.contenders import PYTHON
from bench.environment import Environment
from bench.errors import BenchError
from bench.outside_load import placed, publish, record
from bench.processes import cpu_seconds, running
from bench.served import Served, served
from gateways.commerce.creation import StockMode

WAYS = {
    StockMode.CART: "through a cart",
    StockMode.REPAIR: "as they are, stock by Commerce's repair",
    StockMode.NONE: "as they are, without stock",
    StockMode.MODULE: "by a module of the shop's own",
}
CALLERS = 32
MEDIAN, P99 = 0.2, 3.0
"""Seconds of the shop's answers."""

WARM = 2 * CALLERS
"""Orders at the beginning and at the end that are not counted: callers begin together, and end one after the other."""

FIRST_GROUP = 10
"""The group of the first way's orders; those of the other measurements are below."""

LOOK_EVERY = 0.2
STALL_LIMIT = 120.0
"""Seconds without a new order after which the measurement counts as stuck."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The work of one importer for the counted orders; `milliseconds` is its processor time for one of them."""

    mode: StockMode
    orders: int
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


def measure_paces(environment: Environment, orders: int, on_progress: Callable[[str], object]) -> list[Pace]:
    """Have so many orders created in each way, and 2 * WARM that are not counted; report each way's name."""
    paces = []
    for group, (mode, way) in enumerate(WAYS.items(), FIRST_GROUP):
        on_progress(way)
        paces.append(_measure(environment, mode, group, orders))
    return paces


def _measure(environment: Environment, mode: StockMode, group: int, counted: int) -> Pace:
    orders = counted + 2 * WARM
    publish(environment, record(environment, [placed(group, number) for number in range(orders)]))
    module = ["--module"] if mode is StockMode.MODULE else []
    with served(environment, "--delay", str(MEDIAN), "--slowest", str(P99), *module) as shop:
        variables = {**shop.variables, "CROSSDOCK_COMMERCE_CALLS": str(CALLERS), "CROSSDOCK_COMMERCE_STOCK": mode.value}
        with running([[*PYTHON, "crossdock", "work", "importer"]], variables, environment.log) as workers:
            pids = [worker.pid for worker in workers]
            first = _mark_at(shop, pids, WARM)
            return _between(mode, first, _mark_at(shop, pids, orders - WARM))


def _mark_at(shop: Served, pids: Sequence[int], orders: int) -> _Mark:
    """Wait until Commerce has so many orders."""
    seen, moved = -1, time.monotonic()
    while True:
        traffic = shop.traffic()
        if traffic.orders >= orders:
            return _Mark(time.monotonic(), cpu_seconds(pids), traffic.orders, traffic.calls, traffic.seconds)
        if traffic.orders != seen:
            seen, moved = traffic.orders, time.monotonic()
        elif time.monotonic() - moved > STALL_LIMIT:
            raise BenchError(f"Commerce has {seen} of {orders} orders, and gets no others.")
        time.sleep(LOOK_EVERY)


def _between(mode: StockMode, first: _Mark, last: _Mark) -> Pace:
    orders, seconds = last.orders - first.orders, last.at - first.at
    return Pace(
        mode=mode,
        orders=orders,
        orders_per_second=orders / seconds,
        use=(last.seconds - first.seconds) / (CALLERS * seconds),
        calls_per_order=(last.calls - first.calls) / orders,
        milliseconds=(last.cpu - first.cpu) * 1000 / orders,
    )
