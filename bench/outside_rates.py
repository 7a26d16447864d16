"""Amazon's rate of getOrder, shared by three processes while notifications wait: kept, and used."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.contenders import PYTHON
from bench.environment import Environment
from bench.errors import BenchError
from bench.outside_load import placed
from bench.processes import running
from bench.served import Served, run_command, served

PROCESSES = 3
NOTIFICATIONS = 10_000
AT_ONCE = 500
"""Orders that are placed by one call of the simulator's control."""

FACTOR = 10.0
"""Times Amazon's rates: at its own, a measurement takes an hour."""

GET_ORDER, BURST = 0.5, 30
"""Amazon's rate of getOrder a second, and its burst."""

LOOK_EVERY = 0.1
STALL_LIMIT = 120.0
"""Seconds without a further call after which the measurement counts as stuck."""


@dataclass(frozen=True, slots=True)
class RateUse:
    """Calls a second after the burst, the rate that is granted, and how many calls of all operations were refused."""

    calls_per_second: float
    granted: float
    refused: int
    notifications: int


def measure_rates(environment: Environment, group: int, calls: int, notifications: int = NOTIFICATIONS) -> RateUse:
    """Have so many calls made after the burst, while notifications wait."""
    with served(environment, "--rate-factor", str(FACTOR)) as world:
        run_command(["intake", "amazon", "subscribe"], world.variables)
        for first in range(0, notifications, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, notifications))
            world.driver.report([placed(group, number) for number in numbers])
        commands = [[*PYTHON, "crossdock", "intake", "amazon"]] * PROCESSES
        with running(commands, world.variables, environment.log):
            begun, first = _when(world, lambda made: made >= BURST)
            ended, last = _when(world, lambda made: made >= first + calls)
            _, refused = world.amazon_calls()
            return RateUse((last - first) / (ended - begun), GET_ORDER * FACTOR, refused, notifications)


def _when(world: Served, is_there: Callable[[int], bool]) -> tuple[float, int]:
    """Wait for a number of calls; return when it was reached, and the number."""
    seen, moved = 0, time.monotonic()
    while True:
        made, _ = world.amazon_calls()
        now = time.monotonic()
        if is_there(made):
            return now, made
        if made != seen:
            seen, moved = made, now
        elif now - moved > STALL_LIMIT:
            raise BenchError(f"getOrder was called {made} times, and then no more.")
        time.sleep(LOOK_EVERY)
