"""The loop that reads backlogs of ledger and broker, for metrics. Of all processes only the leading scheduler's does.

A reading is bounded, however long the backlog, and is kept until the next: a scrape costs neither server anything.
"""

from collections.abc import Callable, Iterable, Sequence
from threading import Event
from time import monotonic

import structlog
from prometheus_client.metrics_core import Metric

from events.bus import Bus
from ledger.ledger import Ledger
from operations.monitoring.processes import sums_by_consumer
from operations.monitoring.queues import QueueLooks
from schemas.amazon_sellers import AmazonSeller
from schemas.errors import CrossdockError
from workers.metrics.state_families import Reading, families

log = structlog.get_logger(__name__)

INTERVAL = 15.0
"""Seconds between two readings, at least."""

SHARE = 20
"""The pause after a reading, in times of its length, so that a slow server is not busy with metrics."""


class StateReader:
    """Reads the state, and hands the latest reading to the registry as a collector."""

    def __init__(
        self, ledger: Ledger, bus: Bus, leads: Callable[[], bool], sellers: Sequence[AmazonSeller] = ()
    ) -> None:
        """Read *ledger* and *bus* while *leads* says so; *sellers* are named in labels."""
        self._sellers = {seller.account: seller.name for seller in sellers}
        self._ledger = ledger
        self._queues = QueueLooks(bus)
        self._leads = leads
        self._latest: Reading | None = None

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
                sums = sums_by_consumer(work.processes.all(), now)
            self._latest = Reading(figures, self._queues.look(), sums, now, sellers=self._sellers)
        except CrossdockError as error:
            log.debug("metrics not read", reason=str(error))

    def collect(self) -> Iterable[Metric]:
        """Return the metrics of the latest reading, none before the first, or in a process that does not lead."""
        latest = self._latest
        return families(latest) if latest else ()
