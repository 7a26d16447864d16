"""The circuit breaker: while an external system is unavailable, its consumer pauses, and probes with one message."""

from threading import Event

import structlog

from events.bus import Subscription
from pipeline.processor import BatchResult

log = structlog.get_logger(__name__)

FAILED_BATCHES = 3
"""Batches in a row, all of whose events were deferred, after which the breaker opens."""

LONGEST_PAUSE = 60.0
"""Seconds between two probes, at most."""


class CircuitBreaker:
    """Counts batches that were wholly deferred. Open, it pauses the consumer between probes."""

    def __init__(self, consumer: str) -> None:
        """Start closed."""
        self._consumer = consumer
        self._failed = 0
        self._is_probing = False

    @property
    def is_open(self) -> bool:
        """Whether the external system counts as unavailable."""
        return self._failed >= FAILED_BATCHES

    def batch(self, limit: int) -> int:
        """Return the maximum size of the next batch: one, as a probe, while open."""
        return 1 if self.is_open else limit

    def count(self, result: BatchResult) -> None:
        """Count a batch's result, unless all of it is asked about again; one event not deferred closes the breaker."""
        if not result.handled:
            return
        was_open = self.is_open
        self._failed = self._failed + 1 if result.deferred == result.handled else 0
        if self.is_open and not was_open:
            log.warning("circuit breaker opened", consumer=self._consumer)
        elif was_open and not self.is_open:
            log.info("circuit breaker closed", consumer=self._consumer)

    def _pause(self) -> float:
        doublings = min(self._failed - FAILED_BATCHES, 10)  # after a day of outage the power would overflow
        return min(LONGEST_PAUSE, 2.0**doublings)

    def wait(self, subscription: Subscription, stop: Event) -> None:
        """While open, pause deliveries for a growing time, then take one as a probe.

        Others are not held meanwhile: RabbitMQ counts it as a failed delivery when they are held for half an hour.
        """
        if self.is_open:
            subscription.pause()
            stop.wait(self._pause())
            subscription.resume(limit=1)
        elif self._is_probing:
            subscription.pause()
            subscription.resume()
        self._is_probing = self.is_open
