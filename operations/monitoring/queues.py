"""Looks at the queues: how many messages and subscriptions each has; for a page never longer than it may wait."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from dataclasses import dataclass
from time import monotonic

from events.bus import Bus
from events.topology import TOPOLOGY
from schemas.errors import CrossdockError

LOOK_TIMEOUT = 1.0
"""Seconds that a look may take; a broker that is away takes longer, and is looked at again meanwhile."""


@dataclass(frozen=True, slots=True)
class QueueLook:
    """The state of a queue at one look; `not_empty` are the seconds for which each look has found messages."""

    ready: int
    subscriptions: int
    not_empty: float


class QueueLooks:
    """Looks at all queues, one look after the other, and remembers since when each has had messages."""

    def __init__(self, bus: Bus) -> None:
        """Look at the queues of *bus*."""
        self._bus = bus
        self._not_empty_since: dict[str, float] = {}

    def look(self) -> Mapping[str, QueueLook]:
        """Return a look at each queue, by its name. Raises as `Bus.message_count` does."""
        return {queue.name: self._look_at(queue.name) for queue in TOPOLOGY.queues}

    def _look_at(self, queue: str) -> QueueLook:
        ready, subscriptions = self._bus.message_count(queue), self._bus.consumer_count(queue)
        if not ready:
            self._not_empty_since.pop(queue, None)
            return QueueLook(0, subscriptions, 0.0)
        since = self._not_empty_since.setdefault(queue, monotonic())
        return QueueLook(ready, subscriptions, monotonic() - since)


class QueueWatch:
    """Looks at all queues, in a thread of its own."""

    def __init__(self, bus: Bus) -> None:
        """Look at the queues of *bus*."""
        self._bus = bus
        self._looks = QueueLooks(bus)
        self._thread = ThreadPoolExecutor(1, "queue-watch")
        self._look: Future[Mapping[str, QueueLook]] | None = None

    @property
    def is_embedded(self) -> bool:
        """Whether the queues are in this process."""
        return not self._bus.features.other_processes

    def look(self) -> tuple[Mapping[str, QueueLook], str | None]:
        """Return the queues by name; without them the sentence why not."""
        if self._look is None:
            self._look = self._thread.submit(self._looks.look)
        try:
            queues = self._look.result(LOOK_TIMEOUT)
        except NotYetError:
            return {}, "The broker does not answer."
        except CrossdockError as error:
            self._look = None
            return {}, str(error)
        self._look = None
        return queues, None

    def close(self) -> None:
        """End the thread, without waiting for a broker that is away."""
        self._thread.shutdown(wait=False, cancel_futures=True)
