"""The scene of a trial: all that a nemesis can lay hands on."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from faults.fleet import Fleet
from faults.outside import Outside
from faults.plan import Publication
from faults.servers import Servers
from tests.servers.processes import wait_until

TIMEOUT = 20.0
"""Seconds within which a fault must be seen to happen."""


@dataclass(slots=True)
class Scene:
    """All that a nemesis can lay hands on. `lost` is called when the broker was made to forget messages.

    `say` publishes as upstream does, and the checker asks what became of it. `stir` gives every consumer something to
    do. A nemesis that hits some loops only puts their names into `hit`.
    """

    servers: Servers
    fleet: Fleet
    outside: Outside
    random: Random
    lost: Callable[[], None]
    say: Callable[[Publication], None]
    stir: Callable[[], None]
    hit: set[str] = field(default_factory=set)

    def stir_until(self, seen: Callable[[], bool]) -> bool:
        """Tell whether something comes to be seen while the consumers are at work."""
        ends = time.monotonic() + TIMEOUT
        while time.monotonic() < ends:
            self.stir()
            if wait_until(seen, seconds=1.0):
                return True
        return False


Nemesis = Callable[[Scene], int]
