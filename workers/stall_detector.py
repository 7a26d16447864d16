"""The stall detector: finds a subscription that delivers nothing although its queue has messages."""

from time import monotonic

import structlog

from events.bus import Bus
from schemas.errors import CrossdockError

log = structlog.get_logger(__name__)

SILENCE = 30.0
"""Seconds without a message before the queue is checked; less would cost a request for every idle consumer."""


class StallDetector:
    """Checks one consumer's subscription."""

    def __init__(self, consumer: str, bus: Bus, silence: float = SILENCE) -> None:
        """Check the queue of *consumer* after so many seconds of *silence*."""
        self._consumer = consumer
        self._bus = bus
        self._silence = silence
        self._last_seen = monotonic()

    def message_received(self) -> None:
        """Note that a message was received."""
        self._last_seen = monotonic()

    def is_stalled(self) -> bool:
        """Whether messages are ready and none are delivered; asks the broker once in *silence* seconds."""
        if monotonic() - self._last_seen < self._silence:
            return False
        self._last_seen = monotonic()
        try:
            ready = self._bus.message_count(self._consumer)
        except CrossdockError:
            return False  # the broker is unavailable, and the subscription reconnects by itself
        if ready:
            log.warning("subscription stalled, resubscribing", consumer=self._consumer, ready=ready)
        return ready > 0
