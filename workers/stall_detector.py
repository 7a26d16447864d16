"""The watchdog: notices a consumer that is connected and gets nothing although its queue has messages."""

from time import monotonic

import structlog

from events.bus import Bus
from schemas.errors import CrossdockError

log = structlog.get_logger(__name__)

SILENCE = 30.0
"""Seconds without a message before the queue is looked at; shorter would ask the broker of every idle consumer."""


class StallDetector:
    """Watches one consumer's supply."""

    def __init__(self, consumer: str, bus: Bus, silence: float = SILENCE) -> None:
        """Watch *consumer*; look at its queue after so many seconds of *silence*."""
        self._consumer = consumer
        self._bus = bus
        self._silence = silence
        self._looked_at = monotonic()

    def message_received(self) -> None:
        """Note that a message came."""
        self._looked_at = monotonic()

    def is_stalled(self) -> bool:
        """Tell whether messages are ready that do not come; looked at once in a while only."""
        if monotonic() - self._looked_at < self._silence:
            return False
        self._looked_at = monotonic()
        try:
            ready = self._bus.message_count(self._consumer)
        except CrossdockError:
            return False  # the broker is away, which the subscription mends by itself
        if ready:
            log.warning("messages are ready and none come; subscribing anew", consumer=self._consumer, ready=ready)
        return ready > 0
