"""The window of unacknowledged deliveries of a subscription: limited in number by the prefetch, and in bytes.

RabbitMQ has no prefetch size, and 500 bodies of a mebibyte fill a process's memory. So a delivery beyond the bytes is
returned to the queue, and the subscription goes on with a smaller prefetch, which grows again once bodies are small.
"""

from events.cloud_event import HARD_LIMIT

PROCESS_BYTES = 32 * 1024 * 1024
"""Bytes of unacknowledged bodies in one process; handling them takes several times as much."""

SMALLEST_SHARE = 2 * HARD_LIMIT

CALM_ROUNDS = 10
"""Windows of small bodies after which a window is doubled."""


class ByteBudget:
    """The bytes that the subscriptions of one process share equally."""

    def __init__(self, total: int | None = None) -> None:
        """Share *total* bytes, `PROCESS_BYTES` where not given."""
        self._total = PROCESS_BYTES if total is None else total
        self._users = 0
        self.share = self._of_each()
        """The bytes of each subscription; asked for with every delivery."""

    def join(self) -> None:
        """Count one more subscription."""
        self._users += 1
        self.share = self._of_each()

    def leave(self) -> None:
        """Count one less."""
        self._users -= 1
        self.share = self._of_each()

    def _of_each(self) -> int:
        return max(SMALLEST_SHARE, self._total // max(1, self._users))


class DeliveryWindow:
    """The prefetch of one subscription, at present `size`."""

    def __init__(self, prefetch: int, budget: ByteBudget) -> None:
        """Start with the whole *prefetch*."""
        self._prefetch = prefetch
        self._budget = budget
        self.size = prefetch
        self._admitted = 0
        self._max_bytes = 0

    @property
    def is_narrow(self) -> bool:
        """Whether it is smaller than the prefetch."""
        return self.size < self._prefetch

    def admit(self, unacked: int, unacked_bytes: int) -> bool:
        """Whether a delivery may be kept; the two are the sums with it. A single one always may."""
        if unacked > 1 and unacked_bytes > self._budget.share:
            return False
        self._admitted += 1
        self._max_bytes = max(self._max_bytes, unacked_bytes)
        return True

    def narrow(self, unacked: int) -> None:
        """Halve the number of deliveries that took the whole share."""
        self._resize(max(1, unacked // 2))

    def has_room(self, unacked_bytes: int) -> bool:
        """Whether enough was acknowledged for a narrower window to begin."""
        return unacked_bytes <= self._budget.share // 2

    def widen(self, unacked: int) -> bool:
        """Double the window, if it was full for long, of small bodies; return whether it was doubled.

        Only in a full window is no further delivery on its way, which a change of the consumer would return.
        """
        is_calm = self._admitted >= CALM_ROUNDS * self.size and self._max_bytes <= self._budget.share // 4
        if not self.is_narrow or unacked < self.size or not is_calm:
            return False
        self._resize(min(self._prefetch, 2 * self.size))
        return True

    def _resize(self, size: int) -> None:
        self.size, self._admitted, self._max_bytes = size, 0, 0
