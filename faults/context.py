"""The context of a trial: everything that a nemesis can disturb."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from faults.fleet import Fleet
from faults.hostile import HostilePublisher
from faults.outage import OutageControl
from faults.plan import Publication
from faults.servers import Servers
from tests.servers.processes import wait_until

TIMEOUT = 60.0
"""Seconds within which a fault must have an observable effect."""


@dataclass(slots=True)
class Context:
    """Everything that a nemesis can disturb. `note_loss` is called when the broker was made to lose messages, or
    the ledger to forget them; `note_restore` before it is brought back to an earlier state, while no process runs.

    `publish` publishes as upstream does, and the checker accounts for the message. `send_heartbeats` publishes an event
    for every consumer; `hostile` publishes what no consumer may act on. A nemesis that affects some loops only adds
    their names to `affected`.
    """

    servers: Servers
    fleet: Fleet
    outages: OutageControl
    random: Random
    note_loss: Callable[[], None]
    note_restore: Callable[[], None]
    publish: Callable[[Publication], None]
    send_heartbeats: Callable[[], None]
    hostile: HostilePublisher | None
    affected: set[str] = field(default_factory=set)

    @classmethod
    def without_events(cls, servers: Servers, fleet: Fleet, outages: OutageControl, random: Random) -> "Context":
        """Return the context of a trial whose events come from elsewhere: nothing may be lost in it, or published."""

        def refuse(*_: object) -> None:
            raise RuntimeError("this nemesis needs a trial that publishes its own events")

        return cls(servers, fleet, outages, random, refuse, refuse, refuse, lambda: None, None)

    def keep_busy_until(self, condition: Callable[[], bool]) -> bool:
        """Send heartbeats until the condition holds; return whether it did within TIMEOUT."""
        ends = time.monotonic() + TIMEOUT
        while time.monotonic() < ends:
            self.send_heartbeats()
            if wait_until(condition, seconds=1.0):
                return True
        return False


Nemesis = Callable[[Context], int]
