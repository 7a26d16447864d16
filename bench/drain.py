"""The drain: receives a contender's follow-ups, counts them, and records when each arrived."""

import re
import time
from collections.abc import Callable

from bench.errors import BenchError
from events.bus import Bus

FOLLOW_UPS = "bench-follow-ups"

STALL_LIMIT = 60.0
"""Seconds without a single follow-up after which a run counts as stuck."""

_CAUSE = re.compile(rb'causationid\\*"\s*:\s*\\*"([^"\\]+)')
"""Contenders wrap the event into a format of their own, most of them as a text in JSON."""


class Drain:
    """Empties the queue of follow-ups."""

    def __init__(self, bus: Bus) -> None:
        """Subscribe at once."""
        self._subscription = bus.subscribe(FOLLOW_UPS, 2000)
        self.came: dict[str, float] = {}
        self.count = 0

    def turn(self, within: float = 0.05) -> None:
        """Receive the follow-ups that are there or arrive *within* seconds."""
        deliveries = self._subscription.receive(2000, within)
        now = time.monotonic()
        for delivery in deliveries:
            self.came[cause_of(delivery.message.body)] = now
        self.count += len(deliveries)
        self._subscription.ack(deliveries)

    def until(self, count: int, look: Callable[[], None]) -> None:
        """Receive until this number has arrived; *look* is called after each turn. Raises BenchError when stuck."""
        before, last = self.count, time.monotonic()
        while self.count < count:
            self.turn()
            look()
            if self.count != before:
                before, last = self.count, time.monotonic()
            elif time.monotonic() - last > STALL_LIMIT:
                raise BenchError(
                    f"{self.count} of {count} follow-ups came, and then none for {STALL_LIMIT:.0f} seconds."
                )


def cause_of(body: bytes) -> str:
    """Return the id of the event that a follow-up follows from, however it is wrapped."""
    match = _CAUSE.search(body)
    if match is None:
        raise BenchError(f"A follow-up names no cause: {body[:200]!r}")
    return match[1].decode()
