"""A fixture for short, exact scenarios: a virtual host and a database of the run's servers, and a process or two."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from events.open_bus import open_bus
from events.topology import TOPOLOGY
from faults import collect_history
from faults.checker import Violation, check
from faults.crash_points import CRASH, CRASHED
from faults.environment import ROOT, Environment
from faults.history import History
from faults.mutations import MUTATION
from faults.plan import Publication
from faults.publisher import PublisherConnection, Record, sent_of
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from tests.builders import a_store
from tests.servers.processes import wait_until
from tests.servers.tiers import Server

WAIT_TIMEOUT = 170.0
"""Seconds to wait for a condition or for the end of a process: long enough for a machine under four times the load."""


@dataclass
class Fixture:
    """One scenario's servers and processes, with a mutation of the product or none (""). `faults` counts its faults.

    `variables` are added to the environment of each process.
    """

    environment: Environment
    folder: Path
    mutation: str
    faults: int = 0
    variables: dict[str, str] = field(default_factory=dict)
    records: dict[bytes, Record] = field(default_factory=dict)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def publish(self, publication: Publication, **headers: object) -> None:
        """Publish once, as upstream does, and require the confirm."""
        with closing(PublisherConnection(self.environment)) as publisher:
            publisher.send(publication, headers)
        self.records[publication.digest] = Record(publication, 1, [datetime.now(UTC)])

    def start(self, *words: str, crash: str = "", broker_port: int = 0) -> subprocess.Popen[bytes]:
        """Start a process of the product, which kills itself at *crash* if one is named."""
        env = self.environment.process_variables(
            broker_port or self.environment.broker_port, self.environment.database_port
        )
        env |= {MUTATION: self.mutation, CRASH: crash, CRASHED: str(self.folder / "crashed")} | self.variables
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "faults.child", *words]
            process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self._processes.append(process)
        return process

    def crash(self, *words: str, at: str) -> None:
        """Run a process until it has killed itself there."""
        process = self.start(*words, crash=at)
        assert process.wait(WAIT_TIMEOUT) == -signal.SIGKILL, self.log()
        assert (self.folder / "crashed").read_text() == at
        self.faults += 1

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process."""
        process.kill()
        process.wait(WAIT_TIMEOUT)
        self.faults += 1

    def finish(self, process: subprocess.Popen[bytes]) -> None:
        """Stop a process gracefully."""
        process.terminate()
        assert process.wait(WAIT_TIMEOUT) == 0, self.log()

    def handled(self, consumer: str, times: int = 1) -> None:
        """Wait until a consumer has handled this number of messages."""
        count = "select count(*) from inbox where consumer = %(consumer)s"
        self.until(lambda: self.environment.sql(count, {"consumer": consumer})[0][0] >= times)

    def ready(self, queue: str, messages: int = 1) -> None:
        """Wait until a queue has this number of ready messages, with those requeued from a process that died."""
        self.until(lambda: collect_history.depths_of(self.environment)[queue] == messages)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds."""
        assert wait_until(condition, seconds=WAIT_TIMEOUT), self.log()

    def log(self) -> str:
        """Return the end of the processes' log."""
        return (self.folder / "log").read_text()[-4000:]

    def violations(self) -> list[Violation]:
        """Return the violations that the checker finds; the orders' final states are not compared."""
        letters, letter_keys = collect_history.letters_of(self.environment)
        stores = {store for (store,) in self.environment.sql("select store_id from orders")}
        return check(
            History(
                sent=sent_of(self.records),
                rows=collect_history.rows_of(self.environment),
                follow_ups=collect_history.follow_ups_of(self.environment),
                letters=letters,
                letter_keys=letter_keys,
                letter_identities=collect_history.letter_identities_of(self.environment),
                deferred=collect_history.deferred_of(self.environment),
                nets=collect_history.nets_of(self.environment),
                applied=collect_history.applied_of(self.environment),
                books=collect_history.books_of(
                    self.environment.ledger, collect_history.shop_keys(self.environment.ledger), stores
                ),
                faults={"scenario": self.faults},
            )
        )

    def close(self) -> None:
        """Kill the processes that still run."""
        for process in self._processes:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            process.wait(WAIT_TIMEOUT)


@contextmanager
def opened_fixture(broker: Server, vhost_url: str, database_url: str, folder: Path, mutation: str) -> Iterator[Fixture]:
    """Give a fixture on a migrated database, with the tests' store and declared queues; end its processes."""
    key = secrets.token_bytes(32)
    ledger = Ledger.open(database_url, Cipher.of([key]))
    fixture = Fixture(Environment(broker, vhost_url.rpartition("/")[2], database_url, key, ledger), folder, mutation)
    try:
        with ledger.begin() as work:
            work.stores.save(a_store())
        bus = open_bus(vhost_url, "test")
        bus.declare(TOPOLOGY)
        bus.close()
        yield fixture
    finally:
        fixture.close()
        ledger.close()
