"""The loop that reads backlogs of ledger and broker, for metrics. Of all processes only the leading scheduler's does.

A reading is bounded, whatever waits, and is kept until the next: a scrape costs neither server anything.
"""

from collections.abc import Callable, Iterable
from threading import Event
from time import monotonic

import structlog
from prometheus_client.metrics_core import Metric

from events.bus import Bus
from events.topology import TOPOLOGY
from ledger.ledger import Ledger
from schemas.errors import CrossdockError
from workers.metrics.state_families import QueueFigures, Reading, families

log = structlog.get_logger(__name__)

INTERVAL = 15.0
"""Seconds between two readings, at least."""

SHARE = 20
"""The pause after a reading, in times of its length, so that a slow server is not busy with metrics."""


class StateReader:
    """Reads the state, and hands the latest reading to the registry as a collector."""

    def __init__(self, ledger: Ledger, bus: Bus, leads: Callable[[], bool]) -> None:
        """Read *ledger* and *bus* while *leads* says so."""
        self._ledger = ledger
        self._bus = bus
        self._leads = leads
        self._latest: Reading | None = None
        self._not_empty_since: dict[str, float] = {}

    def run(self, stop: Event) -> None:
        """Read until *stop* is set."""
        while not stop.is_set():
            begun = monotonic()
            self.turn()
            stop.wait(max(INTERVAL, SHARE * (monotonic() - begun)) if self._latest else 1.0)

    def turn(self) -> None:
        """Read once, if this process leads. An unavailable server leaves the last reading, whose age shows it."""
        if not self._leads():
            self._latest = None
            return
        try:
            with self._ledger.read() as work:
                figures, now = work.figures.read(), work.now
            self._latest = Reading(figures, self._queues(), now)
        except CrossdockError as error:
            log.debug("metrics not read", reason=str(error))

    def collect(self) -> Iterable[Metric]:
        """Return the metrics of the latest reading, none before the first, or in a process that does not lead."""
        latest = self._latest
        return families(latest) if latest else ()

    def _queues(self) -> dict[str, QueueFigures]:
        found: dict[str, QueueFigures] = {}
        for queue in TOPOLOGY.queues:
            messages, consumers = self._bus.message_count(queue.name), self._bus.consumer_count(queue.name)
            found[queue.name] = QueueFigures(messages, consumers, self._not_empty(queue.name, messages))
        return found

    def _not_empty(self, queue: str, messages: int) -> float:
        if not messages:
            self._not_empty_since.pop(queue, None)
            return 0.0
        return monotonic() - self._not_empty_since.setdefault(queue, monotonic())
