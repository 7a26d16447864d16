"""Real `crossdock` processes, on a virtual host and a database of the test's own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pika

from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import read_or_make_key
from ledger.ledger import Ledger
from tests.builders import START, a_store
from tests.harness import opened_parts
from tests.measured_processes import measured

ROOT = Path(__file__).parent.parent.parent

PROCESS_TIMEOUT = 150.0
"""Seconds for a process to end, on a busy machine."""


class Process:
    """A `crossdock` process and its log."""

    def __init__(self, words: Sequence[str], env: dict[str, str], log: Path) -> None:
        """Start it."""
        self._log = log
        with log.open("wb") as out:
            command = [sys.executable, "-m", "crossdock", *words]
            self._process = subprocess.Popen(
                command, env=env, cwd=log.parent, stdout=out, stderr=out, start_new_session=True
            )

    def log_lines(self, event: str) -> list[dict[str, Any]]:
        """Return its log lines of an event."""
        lines = [line for line in self._log.read_text().splitlines(keepends=True) if line.endswith("\n")]
        read = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in read if line["event"] == event]

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        return self._process.wait(PROCESS_TIMEOUT)

    def end_with_children(self) -> None:
        """Kill it and its child processes."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PROCESS_TIMEOUT)

    @property
    def pid(self) -> int:
        """Its process id, and that of its group."""
        return self._process.pid

    @property
    def log(self) -> str:
        """Its whole output."""
        return self._log.read_text()

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None


class Installation:
    """One installation of Crossdock: its environment variables, and the processes started with them."""

    def __init__(self, home: Path, broker_url: str, database_url: str) -> None:
        """Start no process yet."""
        self.broker_url = broker_url
        self.database_url = database_url
        self._home = home
        self._processes: list[Process] = []

    def env(self, **changes: str) -> dict[str, str]:
        """Return the environment of a process."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CROSSDOCK_")}
        ours = {"CROSSDOCK_BROKER_URL": self.broker_url, "CROSSDOCK_DATABASE_URL": self.database_url}
        return {**clean, "PYTHONPATH": str(ROOT), **ours, **changes}

    def start(self, *words: str, **changes: str) -> Process:
        """Start a process that runs until it is ended. Coverage measures it."""
        log = self._home / f"{len(self._processes)}-{words[0]}.log"
        self._processes.append(Process(words, measured(self.env(**changes)), log))
        return self._processes[-1]

    def run(self, *words: str) -> str:
        """Run a command that must succeed; return its output."""
        command = [sys.executable, "-m", "crossdock", *words]
        done = subprocess.run(command, env=self.env(), cwd=self._home, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def publish(self, events: Sequence[dict[str, Any]]) -> None:
        """Publish as a plain pika client does, with confirms."""
        connection = pika.BlockingConnection(pika.URLParameters(self.broker_url))
        channel = connection.channel()
        channel.confirm_delivery()
        for event in events:
            channel.basic_publish("crossdock.events", event["type"], json.dumps(event).encode())
        connection.close()

    def opened_ledger(self) -> Ledger:
        """Open the ledger with the installation's key: a look at it costs a hundredth of a command."""
        return Ledger.open(self.database_url, Cipher.of([read_or_make_key(self._home / "crossdock.key")]))

    def close(self) -> None:
        """Kill all processes."""
        for process in self._processes:
            process.end_with_children()


@contextmanager
def an_installation(home: Path, broker_url: str, migrated_database_url: str) -> Iterator[Installation]:
    """Give an installation with tables, queues and the test's store; kill its processes afterwards.

    The commands that make queues and store have tests of their own, and take seconds of processor time.
    """
    with opened_parts(broker_url, migrated_database_url) as parts, parts.ledger.begin() as work:
        work.stores.save(a_store(integrated_at=START))
    with closing(Installation(home, broker_url, migrated_database_url)) as installation:
        yield installation
