"""The Bus on RabbitMQ, by pika: it consumes and publishes on two connections, each with a thread of its own."""

import threading
from collections.abc import Sequence

from events.amqp import to_amqp
from events.bus import Confirmation, Features, Subscription
from events.rabbitmq import declare
from events.rabbitmq.connection import RabbitConnection
from events.rabbitmq.publisher import RabbitPublisher
from events.rabbitmq.subscription import RabbitSubscription
from events.rabbitmq.url import addresses_of
from events.topology import Topology
from schemas.message import Message


class RabbitMqBus:
    """Carries messages by RabbitMQ, 3.10 or 4.x. Connects on first use and reconnects for ever."""

    def __init__(self, url: str, name: str) -> None:
        """Take an `amqp://` or `amqps://` URL, and the name under which operators see the connections.

        Raises SettingsError when the URL is wrong.
        """
        addresses = addresses_of(url)
        self._consuming = RabbitConnection(addresses, f"{name} consumes")
        self._publishing = RabbitConnection(addresses, f"{name} publishes")
        self._publisher: RabbitPublisher | None = None
        self._subscriptions: list[RabbitSubscription] = []
        self._changing = threading.Lock()

    @property
    def features(self) -> Features:
        """All of them."""
        return Features(survives_crash=True, other_processes=True)

    def declare(self, topology: Topology) -> None:
        """Make exchanges, queues and bindings; see `events.bus.Bus`."""
        declare.declare(self._consuming, topology)

    def check(self, topology: Topology) -> list[str]:
        """Return a sentence for each exchange and queue that is missing or differs; see `events.bus.Bus`."""
        return declare.check(self._consuming, topology)

    def publish(self, messages: Sequence[Message]) -> Confirmation:
        """Send messages, in order, persistent, with confirms in the background; see `events.bus.Bus`.

        Raises UnsendableMessageError, before anything is sent, when AMQP cannot carry a name or a size.
        """
        letters = [to_amqp(message) for message in messages]
        with self._changing:
            if self._publisher is None:
                self._publisher = RabbitPublisher(self._publishing)
        return self._publisher.publish(letters)

    def subscribe(self, queue: str, prefetch: int) -> Subscription:
        """Take from a queue, at most *prefetch* unacknowledged."""
        subscription = RabbitSubscription(self._consuming, queue, prefetch)
        with self._changing:
            self._subscriptions.append(subscription)
        return subscription

    def message_count(self, queue: str) -> int:
        """Return the messages ready in a queue; see `events.bus.Bus`."""
        return int(declare.look_at(self._consuming, queue).message_count)

    def consumer_count(self, queue: str) -> int:
        """Return how many subscriptions take from a queue; see `events.bus.Bus`."""
        return int(declare.look_at(self._consuming, queue).consumer_count)

    def close(self) -> None:
        """End what takes before what sends: nothing new comes in while the last is sent off."""
        with self._changing:
            subscriptions, self._subscriptions = self._subscriptions, []
        for subscription in subscriptions:
            subscription.close()
        self._consuming.close()
        self._publishing.close()
