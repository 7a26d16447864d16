"""The Bus inside one process: for the demo, for one machine, and for tests.

Its messages are lost in a crash; the ledger has them. `memory://` is private to its bus, `memory://NAME` is shared by
all buses of that name in the process.
"""

import threading
import time
from collections.abc import Callable, Sequence

from events.amqp import route_of
from events.bus import RECEIVED_BYTES, Confirmation, Delivery, Features, Subscription, never
from events.errors import BrokerUnavailableError, UnroutableError
from events.memory.broker import MemoryBroker, acquire, release
from events.topology import Topology
from schemas.message import Message


class MemoryConfirmation:
    """Done from the start."""

    def __init__(self, missing: Sequence[str]) -> None:
        """Keep the queues that were addressed and do not exist."""
        self._missing = missing

    @property
    def done(self) -> bool:
        """Always true."""
        return True

    def add_done_callback(self, callback: Callable[[], None]) -> None:
        """Call at once."""
        callback()

    def wait(self, timeout: float) -> None:
        """Raise UnroutableError when a message was addressed to a consumer that has no queue."""
        if self._missing:
            raise UnroutableError(
                f'The queue "{self._missing[0]}" does not exist, so {len(self._missing)} messages'
                " could not be delivered: run `crossdock topology apply`."
            )


class MemorySubscription:
    """Has at most `prefetch` unacknowledged deliveries, and returns them to the end of the queue when it is closed."""

    def __init__(self, broker: MemoryBroker, queue: str, prefetch: int) -> None:
        """Subscribe to a queue, which may be declared later."""
        self._broker = broker
        self._queue = queue
        self._prefetch = prefetch
        self._limit = prefetch
        self._unacked: dict[int, Delivery] = {}
        self._next_tag = 1
        self._paused = False
        self._closed = False
        self._arrival = broker.arrival(queue)
        with self._arrival:
            broker.consumers[queue] += 1

    def receive(self, max_messages: int, timeout: float, interrupted: Callable[[], bool] = never) -> list[Delivery]:
        """Return deliveries that are ready; see `events.bus.Subscription`."""
        deadline = time.monotonic() + timeout
        with self._arrival:
            while True:
                deliveries = self._deliver(max_messages)
                remaining = deadline - time.monotonic()
                if deliveries or self._closed or remaining <= 0 or interrupted():
                    return deliveries
                self._arrival.wait(remaining)

    @property
    def ready(self) -> bool:
        """Whether `receive` would return deliveries at once."""
        with self._arrival:
            return self._may_deliver() and self._broker.message_count(self._queue) > 0

    @property
    def unacknowledged(self) -> int:
        """How many deliveries are unacknowledged."""
        return len(self._unacked)

    def notify(self) -> None:
        """Have a blocked `receive` check whether it is interrupted."""
        with self._arrival:
            self._arrival.notify_all()

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge deliveries."""
        with self._arrival:
            for delivery in deliveries:
                self._unacked.pop(delivery.tag, None)
            self._arrival.notify_all()

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Return deliveries to the end of the queue, with one more in their delivery count."""
        with self._arrival:
            for delivery in deliveries:
                if self._unacked.pop(delivery.tag, None) is not None:
                    self._broker.put(self._queue, delivery.message, delivery.delivery_count + 1)

    def pause(self) -> None:
        """Stop new deliveries."""
        with self._arrival:
            self._paused = True

    def release(self) -> None:
        """Stop deliveries, and requeue all that are unacknowledged."""
        with self._arrival:
            self._paused = True
            self.requeue(list(self._unacked.values()))

    def resume(self, limit: int | None = None) -> None:
        """Restart deliveries after a pause."""
        with self._arrival:
            self._limit = min(limit or self._prefetch, self._prefetch)
            self._paused = False
            self._arrival.notify_all()

    def close(self) -> None:
        """Close the subscription; unacked deliveries are requeued."""
        with self._arrival:
            self._broker.consumers[self._queue] -= not self._closed
            self._closed = True
            self.requeue(list(self._unacked.values()))
            self._arrival.notify_all()

    def _may_deliver(self) -> bool:
        return len(self._unacked) < self._limit and not self._paused and not self._closed

    def _deliver(self, max_messages: int) -> list[Delivery]:
        deliveries: list[Delivery] = []
        received_bytes = 0
        while len(deliveries) < max_messages and received_bytes < RECEIVED_BYTES and self._may_deliver():
            stored = self._broker.get(self._queue)
            if stored is None:
                break
            message, count, since = stored
            delivery = Delivery(message, self._next_tag, 1, count, count > 0, published_at=since)
            self._next_tag += 1
            self._unacked[delivery.tag] = delivery
            deliveries.append(delivery)
            received_bytes += len(message.body)
        return deliveries


class MemoryBus:
    """Carries messages between the threads of one process."""

    def __init__(self, url: str) -> None:
        """Open `memory://` or `memory://NAME`."""
        self._name = url.removeprefix("memory://").strip("/")
        self._broker = acquire(self._name)
        self._subscriptions: list[MemorySubscription] = []
        self._closed = False
        self._lock = threading.Lock()

    @property
    def features(self) -> Features:
        """No feature: messages are lost in a crash, and other processes have no access."""
        return Features(survives_crash=False, other_processes=False)

    def declare(self, topology: Topology) -> None:
        """Create exchanges, queues and bindings; see `events.bus.Bus`."""
        self._broker.declare(topology)

    def check(self, topology: Topology) -> list[str]:
        """Return a sentence for each exchange and queue that is missing or differs."""
        return self._broker.problems(topology)

    def publish(self, messages: Sequence[Message]) -> Confirmation:
        """Publish messages, in order. Raises UnpublishableMessageError, before any is published, as RabbitMQ would."""
        if self._closed:
            raise BrokerUnavailableError("The bus is closed and publishes no more messages.")
        for message in messages:
            route_of(message)
        return MemoryConfirmation(self._broker.publish(messages))

    def subscribe(self, queue: str, prefetch: int) -> Subscription:
        """Consume a queue, with at most *prefetch* unacknowledged deliveries."""
        subscription = MemorySubscription(self._broker, queue, prefetch)
        with self._lock:
            self._subscriptions.append(subscription)
        return subscription

    def message_count(self, queue: str) -> int:
        """Return the messages ready in a queue; see `events.bus.Bus`."""
        return self._broker.message_count(queue)

    def consumer_count(self, queue: str) -> int:
        """Return how many subscriptions consume a queue; see `events.bus.Bus`."""
        self._broker.message_count(queue)
        return self._broker.consumers[queue]

    def problems(self) -> list[str]:
        """Return none: nothing hinders a bus in memory."""
        return []

    def close(self) -> None:
        """Close all subscriptions; messages are lost with the last bus of a name."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for subscription in self._subscriptions:
            subscription.close()
        release(self._name, self._broker)
