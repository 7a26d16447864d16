"""The scene of a trial: all that a nemesis can lay hands on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.faults.fleet import Fleet
from tests.faults.outside import Outside
from tests.faults.plan import Publication
from tests.faults.servers import Servers

TIMEOUT = 20.0
"""Seconds within which a fault must be seen to happen."""


@dataclass(slots=True)
class Scene:
    """All that a nemesis can lay hands on. `lost` is called when the broker was made to forget messages.

    `say` publishes as upstream does, and the checker asks what became of it. A nemesis that hits some loops only puts
    their names into `hit`.
    """

    servers: Servers
    fleet: Fleet
    outside: Outside
    random: Random
    lost: Callable[[], None]
    say: Callable[[Publication], None]
    hit: set[str] = field(default_factory=set)


Nemesis = Callable[[Scene], int]
