"""Clocks that are wrong: the driver puts the clock of a process forward or back while it runs.

What jumps is every source of now that a process has: `datetime.now` in all modules of the product, and `time.time`.
"""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from faults.context import TIMEOUT, Scene
from faults.patches import put
from tests.servers.processes import wait_until

CLOCKS = "CROSSDOCK_TEST_CLOCKS"
"""Variable: the folder in which is told whose clock is wrong, and noted who has looked at it."""

HOUR = 3600.0
PACKAGES = ("schemas", "events", "handlers", "gateways", "ledger", "pipeline", "operations", "workers", "cli")
EVERYBODY = "everybody"


class Clocks:
    """The driver's hand on the clocks."""

    def __init__(self, folder: Path) -> None:
        """Begin with right ones."""
        self.folder = folder
        self.folder.mkdir(exist_ok=True)

    def put(self, seconds: float, who: str = EVERYBODY) -> None:
        """Put the clock of a process, named by its id, forward or back from now on."""
        draft = self.folder / f"{who}.draft"
        draft.write_text(str(seconds))
        draft.replace(self.folder / who)

    def right(self, who: str = EVERYBODY) -> None:
        """Put it right again."""
        (self.folder / who).unlink()

    def looked(self, who: str | None = None) -> int:
        """Return how many processes have looked at a clock that was wrong, or whether this one has."""
        return len(list(self.folder.glob(f"{who or '*'}.looked")))


def go_wrong(folder: Path) -> None:
    """Let this process's clock be off by what the driver says."""
    off = _reader(folder)

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=off())

    right_time = time.time
    put(time, time=lambda: right_time() + off())
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PACKAGES and getattr(module, "datetime", None) is datetime:
            put(module, datetime=Wrong)


def _reader(folder: Path) -> Callable[[], float]:
    me = str(os.getpid())

    def off() -> float:
        for who in (me, EVERYBODY):
            with suppress(FileNotFoundError):
                seconds = float((folder / who).read_text())
                (folder / f"{me}.looked").touch()
                return seconds
        return 0.0

    return off


def jump(scene: Scene) -> int:
    """Put the clocks of half the processes an hour forward or back for a while, and see them looked at."""
    clocks = Clocks(scene.servers.run / "clocks")
    running = [str(member.process.pid) for member in scene.fleet.members if member.process and member.alive]
    wrong = scene.random.sample(running, len(running) // 2)
    before = clocks.looked()
    for who in wrong:
        clocks.put(scene.random.choice((-HOUR, HOUR)), who)
    wait_until(lambda: clocks.looked() > before, seconds=TIMEOUT)
    time.sleep(scene.random.uniform(1.0, 3.0))
    for who in wrong:
        clocks.right(who)
    return sum(clocks.looked(who) for who in wrong)
