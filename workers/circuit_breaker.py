"""The circuit breaker: while an external system is unavailable, its consumer pauses, and probes with one message."""

from collections.abc import Callable
from time import monotonic

import structlog

from events.bus import Subscription
from pipeline.processor import BatchResult

log = structlog.get_logger(__name__)

FAILED_EVENTS = 10
"""Events in a row for which the external system was unavailable, after which the breaker opens.

Each of its calls was repeated at once, so losses and throttling that come and go never make that many.
"""

LONGEST_PAUSE = 60.0
"""Seconds between two probes, at most."""


class CircuitBreaker:
    """Counts events that are deferred by an outage. Open, it pauses the consumer between probes.

    Answers that come meanwhile are taken all the same: one that is none of an outage closes the breaker at once.
    """

    def __init__(self, consumer: str, clock: Callable[[], float] = monotonic) -> None:
        """Start closed. *clock* returns seconds."""
        self._consumer = consumer
        self._clock = clock
        self._failed = 0
        self._failed_probes = 0
        self._is_probing = False
        self._probes_at: float | None = None
        self._is_limiting = False
        self._opened_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the external system counts as unavailable."""
        return self._failed >= FAILED_EVENTS

    @property
    def open_for(self) -> float | None:
        """Seconds since it opened; None while it is closed."""
        opened_at = self._opened_at  # once: the consumer's thread may close it between two looks
        return None if opened_at is None else self._clock() - opened_at

    def batch(self, limit: int) -> int:
        """Return the maximum size of the next batch: one, as a probe, while open."""
        return 1 if self.is_open else limit

    def count(self, result: BatchResult) -> None:
        """Count a batch's result. One event that was not deferred closes the breaker; throttled ones do neither."""
        was_open = self.is_open
        if result.handled > result.deferred:
            self._failed = self._failed_probes = 0
        elif result.outages:
            self._failed += result.outages
            # Requests that were under way when it opened fail late; only a probe's failure makes the pause longer.
            self._failed_probes += self._is_probing
            self._is_probing, self._probes_at = False, None if self._is_probing else self._probes_at
        if self.is_open and not was_open:
            self._opened_at = self._clock()
            log.warning("circuit breaker opened", consumer=self._consumer)
        elif was_open and not self.is_open:
            self._opened_at = None
            log.info("circuit breaker closed", consumer=self._consumer)

    def regulate(self, subscription: Subscription) -> None:
        """Pause deliveries while open, let one through as a probe after a growing time, and resume once closed.

        Others are not held meanwhile: RabbitMQ counts it as a failed delivery when they are held for half an hour.
        """
        if not self.is_open:
            self._end(subscription)
        elif self._probes_at is None:
            subscription.pause()
            self._is_limiting, self._probes_at = True, self._clock() + self._pause()
        elif not self._is_probing and self._clock() >= self._probes_at:
            subscription.resume(limit=1)
            self._is_probing = True

    def _end(self, subscription: Subscription) -> None:
        if self._is_limiting:
            subscription.pause()
            subscription.resume()
        self._is_limiting, self._is_probing, self._probes_at = False, False, None

    def _pause(self) -> float:
        doublings = min(self._failed_probes, 10)  # after a day of outage the power would overflow
        return min(LONGEST_PAUSE, 2.0**doublings)
