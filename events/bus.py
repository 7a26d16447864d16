"""The Bus: what every transport promises, and what a transport declares that it cannot do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from events.topology import Topology
from schemas.message import Message


@dataclass(frozen=True, slots=True)
class Features:
    """What a transport can do. What it cannot, the ledger makes up for.

    `survives_crash`: messages outlive this process. `other_processes`: others can publish and consume.
    """

    survives_crash: bool
    other_processes: bool


@dataclass(frozen=True, slots=True)
class DeadLetterInfo:
    """Why the broker gave a message up, in its own word (`rejected`, `delivery_limit`, …), where, and how often."""

    reason: str
    queue: str
    count: int


class Delivery(NamedTuple):
    """A message in hand. `tag` and `generation` belong to the subscription; `earlier` counts deliveries, if known.

    `death` is there for what a safety net holds.
    """

    message: Message
    tag: int
    generation: int
    delivery_count: int = 0
    redelivered: bool = False
    dead_letter_info: DeadLetterInfo | None = None


def never() -> bool:
    """Hold never."""
    return False


class Confirmation(Protocol):
    """The broker's answer to a publication, which may still be on its way."""

    @property
    def done(self) -> bool:
        """Whether `wait` would return or raise at once."""

    def add_done_callback(self, done: Callable[[], None]) -> None:
        """Have *done* called once it is settled, in any thread; at once if it is."""

    def wait(self, timeout: float) -> None:
        """Return once all messages are confirmed.

        Raises BrokerUnavailableError when one was refused, or not confirmed within *timeout* seconds, or the
        connection was lost; UnroutableError when one was meant for a consumer that has no queue.
        """


class Subscription(Protocol):
    """A consumer's hold on its queue. Reconnects by itself; deliveries of a lost connection are given up silently."""

    def receive(self, max_messages: int, within: float, interrupted: Callable[[], bool] = never) -> list[Delivery]:
        """Return what is there, 1 to *most* deliveries, or none after *within* seconds; never waits for more.

        Nor does it wait when *unless* holds, which it looks at after each `wake`.
        """

    @property
    def ready(self) -> bool:
        """Whether `take` would find something at once."""

    def notify(self) -> None:
        """Have a `take` that waits look at its *unless*."""

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge. What belongs to a lost connection is left out: the broker delivers it again."""

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Return deliveries to the queue, to be delivered again."""

    def pause(self) -> None:
        """Stop new deliveries; what is held stays held. `take` still returns what had come."""

    def resume(self) -> None:
        """Begin again after a pause."""

    def close(self) -> None:
        """Let go; what is held goes back to the queue."""


class Bus(Protocol):
    """Carries messages. Safe to be used by several threads."""

    @property
    def features(self) -> Features:
        """What this transport can do."""

    def declare(self, topology: Topology) -> None:
        """Make exchanges, queues and bindings. Raises TopologyError where one exists and differs."""

    def check(self, topology: Topology) -> list[str]:
        """Return a sentence for each exchange and queue that is missing or differs; an empty list is good."""

    def publish(self, messages: Sequence[Message]) -> Confirmation:
        """Send messages, in order, persistent; the receipt tells when the broker has them.

        A message with `to` goes to that consumer's queue only, any other to the event exchange by its name.
        """

    def subscribe(self, queue: str, prefetch: int) -> Subscription:
        """Take from a queue, at most *prefetch* unacknowledged. Waits for no connection: `take` does."""

    def message_count(self, queue: str) -> int:
        """Return the messages ready in a queue. Raises BrokerUnavailableError, TopologyError when there is none."""

    def consumer_count(self, queue: str) -> int:
        """Return how many subscriptions take from a queue, those of other processes too. Raises as `depth` does."""

    def close(self) -> None:
        """End all subscriptions and connections."""
