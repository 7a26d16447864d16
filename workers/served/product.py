"""Crossdock as it is run on one machine: `crossdock up` in a process of its own, which may be killed at any time."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from threading import Event, Lock, Thread

from schemas.settings import PREFIX
from workers.process.shutdown import SUPERVISOR

COMMAND = (sys.executable, "-P", "-m", "crossdock", "up", "--no-console")

LOOK = 0.1
"""Seconds between two looks whether the process runs."""

GRACE = 40.0
"""Seconds that it may take to finish its work in progress."""


class Product:
    """The process, started again whenever it ends. `kills` counts its ends by the names of their points."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._environment: Mapping[str, str] = {}
        self.kills: Counter[str] = Counter()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock, self._stop = Lock(), Event()
        self._thread = Thread(target=self._keep_running, name="product", daemon=True)

    def start(self, settings: Mapping[str, str]) -> None:
        """Start it, and a thread that starts it again.

        It has these settings alone: those of the person who runs the demo connect to other systems.
        """
        own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self._environment = {**own, **settings, SUPERVISOR: str(os.getpid())}
        self._thread.start()

    def kill(self, point: str) -> None:
        """Kill it, as a power cut would. Safe to be called by several threads."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self.kills[point] += 1

    def close(self) -> None:
        """Stop it as an operator does; kill it when it does not end."""
        self._stop.set()
        self._thread.join()
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _keep_running(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                if self._process is None or self._process.poll() is not None:
                    self._process = subprocess.Popen(COMMAND, env=self._environment, stdin=subprocess.DEVNULL)  # noqa: S603
            self._stop.wait(LOOK)
