"""Tuning: other batches, prefetches and numbers of processes than the defaults."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.contenders import Contender
from bench.environment import Environment
from bench.race import Race, race

SETTINGS: tuple[tuple[str, int], ...] = (
    *(("batch", size) for size in (1, 10, 50, 100, 200, 500)),
    *(("prefetch", count) for count in (100, 300, 500, 1000)),
    *(("processes", count) for count in (1, 2, 3, 4)),
)
SINGLE_SHARE = 20
"""A batch of one is so much slower that it gets so many times fewer orders."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A race with one option of `crossdock work` set."""

    option: str
    value: int
    race: Race


def measure_setting(
    environment: Environment,
    contender: Contender,
    option: str,
    value: int,
    orders: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Setting:
    """Race ours with `--OPTION VALUE`, all else as it is by default."""

    def commands(processes: int) -> list[list[str]]:
        return [[*words, f"--{option}", str(value)] for words in contender.commands(processes)]

    processes = value if option == "processes" else 1
    changed = contender if option == "processes" else replace(contender, commands=commands)
    return Setting(option, value, race(environment, changed, processes, orders, progress))


def orders_for(option: str, value: int, orders: int) -> int:
    """Return how many orders such a race gets."""
    return max(50, orders // SINGLE_SHARE) if (option, value) == ("batch", 1) else orders
