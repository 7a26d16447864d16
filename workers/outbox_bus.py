"""A bus that publishes by the outbox: for the intakes of an embedded process, whose broker forgets when it is killed.

An intake's events are caused by no delivery, and their reporter is answered once they are confirmed. Follow-ups of
deliveries need no outbox: they are on record with the delivery.
"""

from collections.abc import Callable, Sequence

from events.bus import Bus, Confirmation, Features, Subscription
from events.topology import Topology
from ledger.ledger import Ledger
from operations.outbox import put_in_outbox
from schemas.message import Message


class _Saved:
    """The confirmation of messages that are in the outbox."""

    done = True

    def add_done_callback(self, callback: Callable[[], None]) -> None:
        """Call at once."""
        callback()

    def wait(self, timeout: float) -> None:
        """Return."""


class OutboxBus:
    """Puts publications into the outbox, and passes everything else on to another bus; see events.bus.Bus."""

    def __init__(self, bus: Bus, ledger: Ledger) -> None:
        """Put them into the outbox of *ledger*, whose relay publishes them on *bus*."""
        self._bus = bus
        self._ledger = ledger

    @property
    def features(self) -> Features:
        """The features of the transport."""
        return self._bus.features

    def publish(self, messages: Sequence[Message]) -> Confirmation:
        """Put messages into the outbox. Raises LedgerUnavailableError."""
        if messages:
            put_in_outbox(self._ledger, messages)
        return _Saved()

    def declare(self, topology: Topology) -> None:
        """Create exchanges, queues and bindings."""
        self._bus.declare(topology)

    def check(self, topology: Topology) -> list[str]:
        """Return the missing and the differing objects."""
        return self._bus.check(topology)

    def subscribe(self, queue: str, prefetch: int) -> Subscription:
        """Consume a queue."""
        return self._bus.subscribe(queue, prefetch)

    def message_count(self, queue: str) -> int:
        """Return the messages ready in a queue."""
        return self._bus.message_count(queue)

    def consumer_count(self, queue: str) -> int:
        """Return how many subscriptions consume a queue."""
        return self._bus.consumer_count(queue)

    def problems(self) -> list[str]:
        """Return the problems that hinder the bus."""
        return self._bus.problems()

    def close(self) -> None:
        """Close the bus."""
        self._bus.close()
