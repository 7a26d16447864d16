"""Reports the state that only this process knows: breakers, unacknowledged messages, the queues in its memory.

Every five seconds it writes them into the ledger, where the console and the doctor read them: AMQP tells none of them.
"""

import os
import socket
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Event
from typing import NamedTuple
from uuid import uuid4

import structlog

from crossdock import __version__
from events.bus import Bus
from ledger.ledger import Ledger
from operations.monitoring.processes import stuck_consumers
from operations.monitoring.queues import QueueLook, QueueLooks
from operations.read_only import ReadOnlyGuard
from schemas.errors import CrossdockError, RetryableError
from schemas.processes import ConsumerReport, QueueReport, RunningProcess
from schemas.settings import Settings
from workers.consumer import Consumer

log = structlog.get_logger(__name__)

INTERVAL = 5.0
"""Seconds between two reports."""


NONE: Mapping[str, object] = {}
"""The loops of a process that has none: the console."""


class _Progress(NamedTuple):
    """The deliveries that a consumer had acknowledged at an instant, and since when it has had others."""

    acknowledged: int
    since: datetime


class ProcessReporter:
    """Writes the reports of one process."""

    def __init__(
        self, settings: Settings, ledger: Ledger, name: str, bus: Bus | None = None, loops: Mapping[str, object] = NONE
    ) -> None:
        """Report the process called *name*, with the queues of its *bus* and the consumers among its loops, if any."""
        self._ledger = ledger
        # Those of a server are asked for there.
        self._looks = QueueLooks(bus) if bus and not bus.features.other_processes else None
        self._consumers = {name: loop for name, loop in loops.items() if isinstance(loop, Consumer)}
        self._guard = ReadOnlyGuard(ledger, settings)
        self._progress: dict[str, _Progress] = {}
        self._warned: set[str] = set()
        self._problem = ""
        now = ledger.now()
        self._latest = RunningProcess(
            id=str(uuid4()),
            name=name,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=__version__,
            started_at=now,
            seen_at=now,
        )

    def run(self, stop: Event) -> None:
        """Report until *stop* is set; then remove the report. A failure costs a report alone, and is logged once."""
        while not stop.is_set():
            self._try(self.report)
            stop.wait(INTERVAL)
        self._try(self._remove)

    def report(self) -> RunningProcess:
        """Write the present state of the process, and return it. Raises RetryableError."""
        now = self._ledger.now()
        consumers = tuple(self._look_at(name, consumer, now) for name, consumer in self._consumers.items())
        facts = {"seen_at": now, "consumers": consumers, "queues": self._queues(now), "read_only": self._guard.is_on()}
        self._latest = self._latest.model_copy(update=facts)
        self._warn()
        with self._ledger.begin() as work:
            work.processes.report(self._latest)
        return self._latest

    def check(self) -> None:
        """Raise RetryableError when a consumer has stood still for long: it holds messages, and acknowledges none."""
        if sentences := stuck_consumers(self._latest, self._ledger.now()):
            raise RetryableError(" ".join(sentences.values()))

    def _look_at(self, name: str, consumer: Consumer, now: datetime) -> ConsumerReport:
        unacknowledged, acknowledged = consumer.unacknowledged, consumer.acknowledged
        before, open_for = self._progress.get(name), consumer.breaker_open_for
        if not unacknowledged or before is None or before.acknowledged != acknowledged:
            self._progress[name] = before = _Progress(acknowledged, now)
        return ConsumerReport(
            name=name,
            unacknowledged=unacknowledged,
            stuck_since=before.since if unacknowledged and before.since < now else None,
            # By the ledger's clock, as all who read it: this machine's may be wrong.
            breaker_open_since=None if open_for is None else now - timedelta(seconds=open_for),
        )

    def _queues(self, now: datetime) -> tuple[QueueReport, ...]:
        """Return the queues in this process's memory."""
        looks = self._looks.look() if self._looks else {}
        return tuple(_report_of(name, look, now) for name, look in looks.items())

    def _warn(self) -> None:
        """Log a consumer that is stuck, once until it goes on."""
        stuck = stuck_consumers(self._latest, self._latest.seen_at)
        for name in stuck.keys() - self._warned:
            log.warning("consumer stuck", consumer=name, reason=stuck[name])
        self._warned = set(stuck)

    def _remove(self) -> None:
        with self._ledger.begin() as work:
            work.processes.remove(self._latest.id)

    def _try(self, write: Callable[[], object]) -> None:
        problem = ""
        try:
            write()
        except CrossdockError as error:
            problem = str(error)
        if problem and problem != self._problem:
            log.warning("process not reported", reason=problem)
        self._problem = problem


def _report_of(name: str, look: QueueLook, now: datetime) -> QueueReport:
    since = now - timedelta(seconds=look.not_empty) if look.ready else None
    return QueueReport(name=name, ready=look.ready, subscriptions=look.subscriptions, not_empty_since=since)
