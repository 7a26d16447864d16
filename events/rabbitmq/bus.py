"""The Bus on RabbitMQ, by pika: it consumes and publishes on two connections, each with a thread of its own."""

import threading
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from events.amqp import to_amqp
from events.bus import Confirmation, Features, Subscription
from events.rabbitmq import declare, probe
from events.rabbitmq.connection import RabbitConnection
from events.rabbitmq.publisher import RabbitPublisher
from events.rabbitmq.subscription import RabbitSubscription
from events.rabbitmq.url import addresses_of, encrypted_addresses_of
from events.rabbitmq.window import ByteBudget
from events.topology import Topology, has_requests_only
from schemas.message import Message


class RabbitMqBus:
    """Carries messages by RabbitMQ, 3.10 or 4.x. Connects on first use and reconnects for ever."""

    def __init__(
        self, url: str, name: str, accounts: AbstractSet[str] = frozenset(), *, allow_unencrypted: bool = False
    ) -> None:
        """Parse an `amqp://` or `amqps://` URL; operators see *name* on the broker's connections.

        *accounts* are Crossdock's own beside that of the URL. Raises SettingsError when the URL is wrong, or names
        another machine without TLS, unless *allow_unencrypted*.
        """
        addresses = addresses_of(url) if allow_unencrypted else encrypted_addresses_of(url)
        self._account = addresses[0].user
        self._accounts: frozenset[str | None] = frozenset({self._account, *accounts})
        self._consuming = RabbitConnection(addresses, f"{name} consumes")
        self._publishing = RabbitConnection(addresses, f"{name} publishes")
        self._publisher: RabbitPublisher | None = None
        self._subscriptions: list[RabbitSubscription] = []
        self._may_probe = True
        self._budget = ByteBudget()
        self._lock = threading.Lock()

    @property
    def features(self) -> Features:
        """Every feature."""
        return Features(survives_crash=True, other_processes=True)

    def declare(self, topology: Topology) -> None:
        """Create exchanges, queues and bindings; see `events.bus.Bus`."""
        declare.declare(self._consuming, topology)

    def check(self, topology: Topology) -> list[str]:
        """Return a sentence for each exchange and queue that is missing or differs; see `events.bus.Bus`."""
        return declare.check(self._consuming, topology)

    def publish(self, messages: Sequence[Message]) -> Confirmation:
        """Publish messages, in order, persistent, confirmed in the background; see `events.bus.Bus`."""
        outgoing = [to_amqp(message, self._account) for message in messages]
        with self._lock:
            if self._publisher is None:
                self._publisher = RabbitPublisher(self._publishing)
        return self._publisher.publish(outgoing)

    def subscribe(self, queue: str, prefetch: int) -> Subscription:
        """Consume a queue, with at most *prefetch* unacknowledged deliveries."""
        # Only our accounts may publish to these queues. Versions before 0.1.0 did not name theirs.
        accounts = self._accounts | {None} if has_requests_only(queue) else self._accounts
        subscription = RabbitSubscription(self._consuming, queue, prefetch, self._budget, accounts)
        with self._lock:
            self._subscriptions.append(subscription)
        return subscription

    def message_count(self, queue: str) -> int:
        """Return the messages ready in a queue; see `events.bus.Bus`."""
        return int(declare.inspect(self._consuming, queue).message_count)

    def consumer_count(self, queue: str) -> int:
        """Return how many subscriptions consume a queue; see `events.bus.Bus`."""
        return int(declare.inspect(self._consuming, queue).consumer_count)

    def problems(self) -> list[str]:
        """Return the problems of this bus; see `events.bus.Bus`.

        A message to nobody shows whether the broker takes any.
        """
        self._may_probe = self._may_probe and probe.publish_to_nobody(self._publishing)
        alarm = [probe.alarm_sentence(self._publishing.alarm)] if self._publishing.alarm else []
        with self._lock:
            return alarm + [subscription.problem for subscription in self._subscriptions if subscription.problem]

    def close(self) -> None:
        """Close subscriptions before connections: nothing is received while the last messages are published."""
        with self._lock:
            subscriptions, self._subscriptions = self._subscriptions, []
        for subscription in subscriptions:
            subscription.close()
        self._consuming.close()
        self._publishing.close()
