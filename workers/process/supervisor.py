"""The supervisor: starts child processes, restarts what dies, and passes on the wish to stop.

It holds no connection, and starts plain subprocesses: nothing is shared that a fork could damage.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event

import structlog

from workers.process.shutdown import SUPERVISOR

log = structlog.get_logger(__name__)

TICK = 0.2
"""Seconds between two looks at the children."""

LONGEST_BACKOFF = 30.0
"""Seconds before a child that keeps dying is started again."""

STEADY = 60.0
"""Seconds a child must have lived for its next death to count as the first."""

SET_UP_WRONGLY = 2
"""The exit code of a process whose settings or whose database's tables are not right: it would end so again."""

GRACE = 40.0
"""Seconds a child may take to finish what it holds; above the consumer's confirm timeout."""


@dataclass(slots=True)
class Child:
    """A process to be kept alive: the command line's words after `crossdock`, and what differs in its environment."""

    words: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    due: float = 0.0

    def start(self) -> None:
        """Start the process."""
        command = [sys.executable, "-m", "crossdock", *self.words]
        environment = {**os.environ, **self.environment, SUPERVISOR: str(os.getpid())}
        self.process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own words
        self.started = time.monotonic()
        log.info("started", role=" ".join(self.words), pid=self.process.pid)

    def look(self) -> bool:
        """Start the process when it is due; note its death and when to start it again.

        Returns whether it can be kept alive: what is set up wrongly cannot.
        """
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
        elif (exit_code := self.process.poll()) == SET_UP_WRONGLY:
            log.error("set up wrongly; it is not started again", role=" ".join(self.words), exit_code=exit_code)
            return False
        elif exit_code is not None:
            self._note_death(now, exit_code)
        return True

    def _note_death(self, now: float, exit_code: int) -> None:
        self.deaths = 1 if now - self.started > STEADY else self.deaths + 1
        doublings = min(self.deaths - 1, 10)  # deaths without end would make a number too big
        wait = min(LONGEST_BACKOFF, 0.5 * 2**doublings)
        log.warning("died", role=" ".join(self.words), exit_code=exit_code, starts_again_in_seconds=wait)
        self.process, self.due = None, now + wait


@dataclass(slots=True)
class Supervisor:
    """Keeps children alive until told to stop."""

    children: list[Child] = field(default_factory=list)

    def run(self, stop: Event) -> bool:
        """Start the children in order and keep them alive; on *stop* end them and wait for each.

        Returns False, with all ended, once a child has said that it is set up wrongly.
        """
        fit = True
        while fit and not stop.is_set():
            fit = all(child.look() for child in self.children)
            stop.wait(TICK)
        self._end()
        return fit

    def _end(self) -> None:
        """Ask all to stop at once, and kill what is not gone after the grace: its work is delivered again."""
        alive = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in alive:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("killed: it did not stop in time", pid=process.pid)
                process.kill()
                process.wait()
