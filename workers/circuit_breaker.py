"""The breaker: while the outside is away its consumer stops taking, and probes with one message at a time."""

from threading import Event

import structlog

from events.bus import Subscription
from pipeline.processor import BatchResult

log = structlog.get_logger(__name__)

FAILED_BATCHES = 3
"""Batches in a row, wholly put off, after which the outside counts as away."""

LONGEST_PAUSE = 60.0
"""Seconds between two probes."""


class CircuitBreaker:
    """Counts batches that the outside refused for now. Open, it pauses the consumer between probes."""

    def __init__(self, consumer: str) -> None:
        """Begin closed."""
        self._consumer = consumer
        self._failed = 0

    @property
    def is_open(self) -> bool:
        """Whether the outside counts as away."""
        return self._failed >= FAILED_BATCHES

    def batch(self, most: int) -> int:
        """Return how many messages to take: one, as a probe, while open."""
        return 1 if self.is_open else most

    def count(self, outcome: BatchResult) -> None:
        """Note what a batch came to; one event that got through closes the breaker."""
        was_open = self.is_open
        self._failed = self._failed + 1 if outcome.deferred == outcome.handled else 0
        if self.is_open and not was_open:
            log.warning("the outside is away; pausing, with probes", consumer=self._consumer)
        elif was_open and not self.is_open:
            log.info("the outside is back", consumer=self._consumer)

    def _pause(self) -> float:
        doublings = min(self._failed - FAILED_BATCHES, 10)  # an outage of a day would end in a number too big
        return min(LONGEST_PAUSE, 2.0**doublings)

    def wait(self, subscription: Subscription, stop: Event) -> None:
        """While open, hold new deliveries back for a growing time."""
        if self.is_open:
            subscription.pause()
            stop.wait(self._pause())
            subscription.resume()
