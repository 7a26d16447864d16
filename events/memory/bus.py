"""The Bus inside one process, on kombu's memory transport: for the demo, for one machine, and for tests.

It forgets on a crash; the ledger does not. `memory://` is private to its bus, `memory://NAME` is shared by all that
name it.
"""

import threading
import time
from collections.abc import Callable, Sequence

from events.amqp import route_of
from events.bus import Confirmation, Delivery, Features, Subscription, never
from events.errors import BrokerUnavailableError, UnroutableError
from events.memory.broker import MemoryBroker, acquire, release
from events.topology import Topology
from schemas.message import Message


class MemoryConfirmation:
    """Settled from the start."""

    def __init__(self, missing: Sequence[str]) -> None:
        """Note the queues that were addressed and do not exist."""
        self._missing = missing

    @property
    def done(self) -> bool:
        """Always true."""
        return True

    def add_done_callback(self, done: Callable[[], None]) -> None:
        """Call at once."""
        done()

    def wait(self, timeout: float) -> None:
        """Raise UnroutableError when a message was meant for a consumer that has no queue."""
        if self._missing:
            raise UnroutableError(
                f'The queue "{self._missing[0]}" does not exist, so {len(self._missing)} messages'
                " could not be delivered: run `crossdock topology apply`."
            )


class MemorySubscription:
    """Holds at most `prefetch` deliveries, and puts back at the end what it still holds."""

    def __init__(self, room: MemoryBroker, queue: str, prefetch: int) -> None:
        """Begin empty-handed."""
        self._room = room
        self._queue = queue
        self._prefetch = prefetch
        self._held: dict[int, Delivery] = {}
        self._next = 1
        self._paused = False
        self._closed = False
        self._arrival = room.arrival(queue)
        with self._arrival:
            room.takers[queue] += 1

    def receive(self, max_messages: int, within: float, interrupted: Callable[[], bool] = never) -> list[Delivery]:
        """Return what is there; see `events.bus.Subscription`."""
        until = time.monotonic() + within
        with self._arrival:
            while True:
                taken = self._draw(max_messages)
                left = until - time.monotonic()
                if taken or self._closed or left <= 0 or interrupted():
                    return taken
                self._arrival.wait(left)

    @property
    def ready(self) -> bool:
        """Whether something lies in the queue that may be taken."""
        with self._arrival:
            free = len(self._held) < self._prefetch and not self._paused and not self._closed
            return free and self._room.depth(self._queue) > 0

    def notify(self) -> None:
        """Have a `take` that waits look again."""
        with self._arrival:
            self._arrival.notify_all()

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge."""
        with self._arrival:
            for delivery in deliveries:
                self._held.pop(delivery.tag, None)
            self._arrival.notify_all()

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Return deliveries to the end of the queue, counted."""
        with self._arrival:
            for delivery in deliveries:
                if self._held.pop(delivery.tag, None) is not None:
                    self._room.put(self._queue, delivery.message, delivery.delivery_count + 1)

    def pause(self) -> None:
        """Stop new deliveries."""
        with self._arrival:
            self._paused = True

    def resume(self) -> None:
        """Begin again."""
        with self._arrival:
            self._paused = False
            self._arrival.notify_all()

    def close(self) -> None:
        """Let go; what is held goes back to the queue."""
        with self._arrival:
            self._room.takers[self._queue] -= not self._closed
            self._closed = True
            self.requeue(list(self._held.values()))
            self._arrival.notify_all()

    def _draw(self, max_messages: int) -> list[Delivery]:
        taken: list[Delivery] = []
        while len(taken) < max_messages and len(self._held) < self._prefetch and not self._paused and not self._closed:
            found = self._room.get(self._queue)
            if found is None:
                break
            message, count = found
            delivery = Delivery(message, self._next, generation=1, delivery_count=count, redelivered=count > 0)
            self._next += 1
            self._held[delivery.tag] = delivery
            taken.append(delivery)
        return taken


class MemoryBus:
    """Carries messages between the threads of one process."""

    def __init__(self, url: str) -> None:
        """Take `memory://` or `memory://NAME`."""
        self._room = acquire(url.removeprefix("memory://").strip("/"))
        self._subscriptions: list[MemorySubscription] = []
        self._closed = False
        self._changing = threading.Lock()

    @property
    def features(self) -> Features:
        """No crash is survived, and no other process is served."""
        return Features(survives_crash=False, other_processes=False)

    def declare(self, topology: Topology) -> None:
        """Make exchanges, queues and bindings; see `events.bus.Bus`."""
        self._room.declare(topology)

    def check(self, topology: Topology) -> list[str]:
        """Return a sentence for each exchange and queue that is missing or differs."""
        return self._room.problems(topology)

    def publish(self, messages: Sequence[Message]) -> Confirmation:
        """Send messages, in order. Raises UnsendableMessageError, before anything is sent, as RabbitMQ would."""
        if self._closed:
            raise BrokerUnavailableError("Nothing can be published any more: the bus was closed.")
        for message in messages:
            route_of(message)
        return MemoryConfirmation([message.to for message in messages if not self._room.send(message) and message.to])

    def subscribe(self, queue: str, prefetch: int) -> Subscription:
        """Take from a queue, at most *prefetch* unacknowledged."""
        subscription = MemorySubscription(self._room, queue, prefetch)
        with self._changing:
            self._subscriptions.append(subscription)
        return subscription

    def message_count(self, queue: str) -> int:
        """Return the messages ready in a queue; see `events.bus.Bus`."""
        return self._room.depth(queue)

    def consumer_count(self, queue: str) -> int:
        """Return how many subscriptions take from a queue; see `events.bus.Bus`."""
        self._room.depth(queue)
        return self._room.takers[queue]

    def close(self) -> None:
        """End all subscriptions; the last bus of a room takes the room's messages with it."""
        with self._changing:
            if self._closed:
                return
            self._closed = True
        for subscription in self._subscriptions:
            subscription.close()
        release(self._room)
