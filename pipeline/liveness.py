"""The pulse: which loops are at work on something, and since when. A loop that hangs is told from one that waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from schemas.settings import TIME_LIMIT


class Liveness:
    """Knows what the loops of a process are at. Waiting for a broker or a database is not work: it never looks dead."""

    def __init__(self, limit: float = TIME_LIMIT) -> None:
        """Begin with all loops idle. A loop that is at one piece of work for longer than *limit* seconds hangs."""
        self.limit = limit
        self._since: dict[str, float] = {}
        self._lock = Lock()

    @contextmanager
    def busy(self, loop: str) -> Iterator[None]:
        """Note that *loop* is at a piece of work until the block ends."""
        with self._lock:
            self._since[loop] = monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._since.pop(loop, None)

    def beat(self, loop: str) -> None:
        """Note that *loop*, where it is at work, goes on with another piece of it."""
        with self._lock:
            if loop in self._since:
                self._since[loop] = monotonic()

    def hung(self) -> list[str]:
        """Return the loops that have been at one piece of work for longer than the limit."""
        now = monotonic()
        with self._lock:
            return sorted(loop for loop, since in self._since.items() if now - since > self.limit)
