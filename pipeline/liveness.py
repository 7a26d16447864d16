"""Liveness: which loops of a process are busy, and since when, so that a hung loop differs from an idle one."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from schemas.settings import TIME_LIMIT


class Liveness:
    """Tracks the busy loops of a process. Waiting for a broker or a database is not busy, and never looks hung."""

    def __init__(self, limit: float = TIME_LIMIT) -> None:
        """Start with all loops idle. A loop that is busy for more than *limit* seconds without a beat is hung."""
        self.limit = limit
        self._since: dict[str, float] = {}
        self._lock = Lock()

    @contextmanager
    def busy(self, loop: str) -> Iterator[None]:
        """Mark *loop* as busy until the block ends."""
        with self._lock:
            self._since[loop] = monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._since.pop(loop, None)

    def beat(self, loop: str) -> None:
        """Restart the time limit of *loop*, if it is busy."""
        with self._lock:
            if loop in self._since:
                self._since[loop] = monotonic()

    def hung(self) -> list[str]:
        """Return the loops that have been busy for longer than the limit."""
        now = monotonic()
        with self._lock:
            return sorted(loop for loop, since in self._since.items() if now - since > self.limit)
