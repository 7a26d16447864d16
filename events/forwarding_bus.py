"""A bus that passes everything on to another bus, for those that do one thing otherwise."""

from collections.abc import Sequence

from events.bus import Bus, Confirmation, Features, Subscription
from events.topology import Topology
from schemas.message import Message


class ForwardingBus:
    """Passes everything on to another bus; see events.bus.Bus."""

    def __init__(self, bus: Bus) -> None:
        """Pass everything on to *bus*, which is closed with this one."""
        self._bus = bus

    @property
    def features(self) -> Features:
        """The features of the transport."""
        return self._bus.features

    def publish(self, messages: Sequence[Message]) -> Confirmation:
        """Publish messages."""
        return self._bus.publish(messages)

    def declare(self, topology: Topology) -> None:
        """Create exchanges, queues and bindings."""
        self._bus.declare(topology)

    def check(self, topology: Topology) -> list[str]:
        """Return the missing and the different objects."""
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
