"""The settings of a trial, its crashes, and the product's processes in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from events.registry import CONSUMERS
from faults.context import Nemesis
from faults.crash_points import Crash, points
from faults.nemeses import QUICK
from faults.servers import Servers

FLEET: tuple[tuple[str, ...], ...] = (
    ("work", "order-placed", "status-changed", "commerce-shipped"),
    ("work", "importer", "confirmer", "completer"),
    ("work", "catalog-changed", "canceller", "commerce-canceller", "reserver"),
    ("work", *CONSUMERS),
    ("relay",),
    ("relay",),
    ("scheduler",),
    ("scheduler",),
)
"""Each consumer in two processes, in different groups; two relays; two schedulers, of which one leads."""


QUICK_REPEATS = 2
"""Times in a later round that a fault of a few seconds is injected."""


@dataclass(frozen=True, slots=True)
class TrialSettings:
    """The settings of a trial: its seed, size and length, its faults, and its crashes.

    `small`: small faults happen all the time, beside those of `nemeses`. `covering`: each fault is injected, however
    long it takes; `once`: once, and no more. The events are spread over `seconds` all the same.
    `extra_seconds`: upstream publishes for so long after the last fault began, so that its recovery is seen.
    `limit_factor`: the limits of recovery and cooldown, meant for a quiet machine, are multiplied by it.
    `limit`: seconds after which no more faults are injected, and the trial fails as one that took too long.
    """

    seed: int
    orders: int
    seconds: float
    nemeses: Mapping[str, Nemesis]
    crashes: Sequence[Crash]
    fleet: Sequence[Sequence[str]]
    small: bool = False
    covering: bool = False
    once: bool = False
    servers: Callable[[Path], Servers] = Servers
    extra_seconds: float = 0.0
    limit_factor: float = 1.0
    limit: float = float("inf")

    def kinds(self, random: Random) -> Iterator[str]:
        """Yield the kinds of fault in order, "" for none: first each once, so that none is left to chance."""
        repeats = 1
        while True:
            kinds = [kind for kind in self.nemeses for _ in range(repeats if kind in QUICK else 1)]
            random.shuffle(kinds)
            yield from kinds or [""]
            if self.once:
                return
            repeats = QUICK_REPEATS


def all_crashes(random: Random) -> list[Crash]:
    """Return each point of each loop once, shuffled, when it is reached for the first to third time."""
    crashes = [Crash(loop, point, random.randint(1, 3)) for loop, names in points().items() for point in names]
    random.shuffle(crashes)
    return crashes
