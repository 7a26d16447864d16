"""A stage for short, exact scenes: a virtual host and a database of the run's servers, and a process or two."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from events.open_bus import open_bus
from events.topology import TOPOLOGY
from faults import collect_history
from faults.checker import Violation, check
from faults.crash_points import CRASH, CRASHED
from faults.environment import ROOT, Place
from faults.history import History
from faults.mutations import MUTATION
from faults.plan import Publication
from faults.publisher import Publisher, Record, sent_of
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from tests.servers.processes import wait_until
from tests.servers.tiers import Server

LONG = 55.0


@dataclass
class Stage:
    """Where a scene is played, with one safety taken away or none (""). `faults` counts what was done to it.

    `variables` are given to each process that starts.
    """

    place: Place
    folder: Path
    mutation: str
    faults: int = 0
    variables: dict[str, str] = field(default_factory=dict)
    records: dict[bytes, Record] = field(default_factory=dict)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def publish(self, one: Publication, **headers: object) -> None:
        """Publish as upstream does, and see it confirmed."""
        publisher = Publisher(self.place)
        assert publisher.publish(one, headers)
        publisher.close()
        self.records[one.digest] = Record(one, 1, [datetime.now(UTC)])

    def start(self, *words: str, crash: str = "", broker_port: int = 0) -> subprocess.Popen[bytes]:
        """Start a process of the product, to crash where it is told."""
        env = self.place.environment(broker_port or self.place.broker_port, self.place.database_port)
        env |= {MUTATION: self.mutation, CRASH: crash, CRASHED: str(self.folder / "crashed")} | self.variables
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "faults.child", *words]
            process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self._processes.append(process)
        return process

    def crash(self, *words: str, at: str) -> None:
        """Run a process until it has crashed there."""
        process = self.start(*words, crash=at)
        assert process.wait(LONG) == -signal.SIGKILL, self.log()
        assert (self.folder / "crashed").read_text() == at
        self.faults += 1

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process."""
        process.kill()
        process.wait(LONG)
        self.faults += 1

    def finish(self, process: subprocess.Popen[bytes]) -> None:
        """Let a process finish what it holds."""
        process.terminate()
        assert process.wait(LONG) == 0, self.log()

    def handled(self, consumer: str, times: int = 1) -> None:
        """Wait until a consumer has handled so many messages."""
        count = "select count(*) from inbox where consumer = %(consumer)s"
        self.until(lambda: self.place.sql(count, {"consumer": consumer})[0][0] >= times)

    def ready(self, queue: str, messages: int = 1) -> None:
        """Wait until so many messages are ready in a queue: those of a process that died are back."""
        self.until(lambda: collect_history.depths_of(self.place)[queue] == messages)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds."""
        assert wait_until(condition, seconds=LONG), self.log()

    def log(self) -> str:
        """Return what the processes said."""
        return (self.folder / "log").read_text()[-4000:]

    def verdict(self) -> list[Violation]:
        """Return what the checker says to all that can be gathered; how orders must end is not asked here."""
        letters, letter_keys = collect_history.letters_of(self.place)
        stores = {store for (store,) in self.place.sql("select store_id from orders")}
        return check(
            History(
                sent=sent_of(self.records),
                rows=collect_history.rows_of(self.place),
                said=collect_history.said_of(self.place),
                letters=letters,
                letter_keys=letter_keys,
                letter_identities=collect_history.letter_identities_of(self.place),
                waiting=collect_history.waiting_of(self.place),
                nets=collect_history.nets_of(self.place),
                applied=collect_history.applied_of(self.place),
                books=collect_history.books_of(self.place.ledger, collect_history.shop_keys(self.place.ledger), stores),
                faults={"scene": self.faults},
            )
        )

    def close(self) -> None:
        """Kill whatever still runs."""
        for process in self._processes:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            process.wait(LONG)


@contextmanager
def staged(broker: Server, vhost_url: str, database_url: str, folder: Path, mutation: str) -> Iterator[Stage]:
    """Set the stage up, and clear it."""
    key = secrets.token_bytes(32)
    ledger = Ledger.open(database_url, Cipher.of([key]))
    stage = Stage(Place(broker, vhost_url.rpartition("/")[2], database_url, key, ledger), folder, mutation)
    try:
        ledger.migrate()
        bus = open_bus(vhost_url, "test")
        bus.declare(TOPOLOGY)
        bus.close()
        yield stage
    finally:
        stage.close()
        ledger.close()
