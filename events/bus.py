"""The Bus: the promises of every transport, and the features that a transport may lack."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from events.topology import Topology
from schemas.message import Message


@dataclass(frozen=True, slots=True)
class Features:
    """Features of a transport; the ledger compensates for the ones it lacks.

    `survives_crash`: messages outlive this process. `other_processes`: others can publish and consume.
    """

    survives_crash: bool
    other_processes: bool


@dataclass(frozen=True, slots=True)
class DeadLetterInfo:
    """Why the broker dead-lettered a message, in its own word (`rejected`, `delivery_limit`, …), where, how often."""

    reason: str
    queue: str
    count: int


class Delivery(NamedTuple):
    """A message and how it was delivered.

    `tag` and `generation` belong to the subscription. `delivery_count` counts earlier deliveries, where the broker
    does. `dead_letter_info` is present on messages from a dead-letter queue. `published_at` is when the publisher says
    that it published the message, in seconds since 1970, where it says so.
    """

    message: Message
    tag: int
    generation: int
    delivery_count: int = 0
    redelivered: bool = False
    dead_letter_info: DeadLetterInfo | None = None
    published_at: float | None = None


def never() -> bool:
    """Always false."""
    return False


class Confirmation(Protocol):
    """The broker's answer to a publication, which may still be on its way."""

    @property
    def done(self) -> bool:
        """Whether `wait` would return or raise at once."""

    def add_done_callback(self, callback: Callable[[], None]) -> None:
        """Have *callback* called once it is done, in any thread; at once if it is."""

    def wait(self, timeout: float) -> None:
        """Return once all messages are confirmed.

        Raises MessagesRefusedError when some were refused and the others are confirmed; UnconfirmedError when one was
        not confirmed within *timeout* seconds; BrokerUnavailableError when the connection was lost; UnroutableError
        when one was addressed to a consumer that has no queue.
        """


RECEIVED_BYTES = 4 * 1024 * 1024
"""Bytes of bodies after which no further delivery is received together with them, and handled in one transaction."""


class Subscription(Protocol):
    """Consumes one queue. Reconnects by itself; deliveries of a lost connection are discarded silently."""

    def receive(self, max_messages: int, timeout: float, interrupted: Callable[[], bool] = never) -> list[Delivery]:
        """Return 1 to *max_messages* deliveries as soon as any are ready, or none after *timeout* seconds.

        Those of more than `RECEIVED_BYTES` come in several parts. Does not wait while *interrupted* is true, which is
        checked first and after each `notify`.
        """

    @property
    def ready(self) -> bool:
        """Whether `receive` would return deliveries at once."""

    @property
    def unacknowledged(self) -> int:
        """How many deliveries are unacknowledged, received or not; 0 while there is no connection."""

    def notify(self) -> None:
        """Have a blocked `receive` check whether it is interrupted."""

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge deliveries. Those of a lost connection are left out: the broker delivers them again."""

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Return deliveries to the queue, to be delivered again."""

    def pause(self) -> None:
        """Stop deliveries. Those that were not received are requeued; those that were stay unacknowledged."""

    def release(self) -> None:
        """Stop deliveries, and requeue all that are unacknowledged, received or not."""

    def resume(self, limit: int | None = None) -> None:
        """Restart deliveries: at most *limit* unacknowledged ones where given, else the prefetch."""

    def close(self) -> None:
        """Close the subscription; unacked deliveries are requeued."""


class Bus(Protocol):
    """Carries messages. Safe to be used by several threads."""

    @property
    def features(self) -> Features:
        """The features of this transport."""

    def declare(self, topology: Topology) -> None:
        """Create exchanges, queues and bindings; remove former bindings. Raises TopologyError where one differs."""

    def check(self, topology: Topology) -> list[str]:
        """Return a sentence for each exchange and queue that is missing or differs; none when all are in order."""

    def publish(self, messages: Sequence[Message]) -> Confirmation:
        """Publish messages, in order, persistent. The confirmation is done when the broker has them.

        A message with `to` goes to that consumer's queue only, any other to the exchange of its name. Raises
        UnpublishableMessageError, before any is published, when AMQP cannot carry a name or a size.
        """

    def subscribe(self, queue: str, prefetch: int) -> Subscription:
        """Consume a queue, with at most *prefetch* unacknowledged deliveries. Does not wait for a connection."""

    def message_count(self, queue: str) -> int:
        """Return the messages ready in a queue. Raises BrokerUnavailableError; TopologyError when it is missing."""

    def consumer_count(self, queue: str) -> int:
        """Return how many subscriptions consume a queue, other processes included. Raises as `message_count` does."""

    def problems(self) -> list[str]:
        """Return a sentence for each thing that hinders this bus now, although it is connected.

        Such as a queue that it may not consume, or an alarm of the broker. Raises BrokerUnavailableError.
        """

    def close(self) -> None:
        """Close all subscriptions and connections."""
