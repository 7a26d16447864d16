"""The supervisor: starts child processes, restarts those that exit, and stops them all on shutdown.

It opens no connection and starts plain subprocesses: nothing is shared that a fork could damage.
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

POLL_INTERVAL = 0.2
"""Seconds between two checks of the children."""

MAX_BACKOFF = 30.0
"""Seconds before a child that keeps exiting is restarted, at most."""

STABLE_AFTER = 60.0
"""Seconds a child must have run for its backoff to start from the beginning."""

INVALID_CONFIGURATION = 2
"""Exit code of a process with invalid settings, or tables of another version: a restart would fail in the same way."""

GRACE = 40.0
"""Seconds a child may take to finish its work in progress; above the consumer's confirm timeout."""


@dataclass(slots=True)
class Child:
    """A supervised process: its arguments after `crossdock`, and changes to its environment."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    exits: int = 0
    restart_at: float = 0.0

    def start(self) -> None:
        """Start the process."""
        # -P: nothing is imported from the working folder.
        command = [sys.executable, "-P", "-m", "crossdock", *self.arguments]
        environment = {**os.environ, **self.environment, SUPERVISOR: str(os.getpid())}
        self.process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own arguments
        self.started = time.monotonic()
        log.info("child started", role=" ".join(self.arguments), pid=self.process.pid)

    def check(self) -> bool:
        """Start the process when it is due; after its exit, plan the restart.

        Returns False for a process with an invalid configuration, which is not restarted.
        """
        now = time.monotonic()
        if self.process is None:
            if now >= self.restart_at:
                self.start()
        elif (exit_code := self.process.poll()) == INVALID_CONFIGURATION:
            log.error("invalid configuration, not restarting", role=" ".join(self.arguments), exit_code=exit_code)
            return False
        elif exit_code is not None:
            self._plan_restart(now, exit_code)
        return True

    def _plan_restart(self, now: float, exit_code: int) -> None:
        self.exits = 1 if now - self.started > STABLE_AFTER else self.exits + 1
        doublings = min(self.exits - 1, 10)  # an unlimited exponent would overflow
        wait = min(MAX_BACKOFF, 0.5 * 2**doublings)
        log.warning("process exited", role=" ".join(self.arguments), exit_code=exit_code, restart_in_seconds=wait)
        self.process, self.restart_at = None, now + wait


@dataclass(slots=True)
class Supervisor:
    """Keeps child processes running until stopped."""

    children: list[Child] = field(default_factory=list)

    def run(self, stop: Event) -> bool:
        """Start the children in order and keep them running; on *stop* terminate them and wait for each.

        Returns False, with all stopped, once a child has exited for an invalid configuration.
        """
        well_configured = True
        while well_configured and not stop.is_set():
            well_configured = all(child.check() for child in self.children)
            stop.wait(POLL_INTERVAL)
        self._terminate()
        return well_configured

    def _terminate(self) -> None:
        """Terminate all at once, and kill those that outlast the grace period: their messages are requeued."""
        alive = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in alive:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("process killed after grace period", pid=process.pid)
                process.kill()
                process.wait()
