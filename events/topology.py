"""Exchanges, queues and bindings, as data: the same for both transports, RabbitMQ 3.10 and 4.x.

Every queue is a quorum queue. A consumer's queue dead-letters to `NAME.dead`, its dead-letter queue, at least once.
Limits that are defaults in 4.x (20 deliveries) are explicit, because 3.10 has none.
"""

from dataclasses import dataclass, field

from events.registry import ANNOUNCEMENTS, CONSUMERS, REQUESTS

EVENTS = "crossdock.events"
"""Carries the events of other systems, and announcements."""

INTERNAL = "crossdock.internal"
"""Carries requests: Crossdock publishes them to itself, and no other account may."""

UNROUTED = "crossdock.unrouted"
DEAD = "crossdock.dead"
ANNOUNCED = "crossdock.announced"

DELIVERY_LIMIT = 20
"""Crashes that another message in the prefetch window causes count too, so neither 1 to 3 nor a huge prefetch."""

NEVER_LIMIT = 1_000_000
"""Deliveries; dead-letter queues must not drop messages. On 3.10 `-1` would mean "drop at once"."""

Argument = str | int


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange."""

    name: str
    kind: str
    arguments: dict[str, Argument] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable quorum queue."""

    name: str
    arguments: dict[str, Argument] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Binding:
    """Routes messages with this key from an exchange to a queue, or to another exchange if `to_exchange`."""

    exchange: str
    key: str
    target: str
    to_exchange: bool = False


@dataclass(frozen=True, slots=True)
class Topology:
    """All objects, in the order of declaration: dead-letter queues before the queues that need them.

    `former_bindings` are those of earlier versions, which are removed once the others exist.
    """

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]
    former_bindings: tuple[Binding, ...] = ()


def exchange_of(event: str) -> str:
    """Return the exchange that carries an event, by its name; misspelt names are for the event exchange, too."""
    return INTERNAL if event in _INTERNAL else EVENTS


_INTERNAL = frozenset(REQUESTS)


def has_requests_only(queue: str) -> bool:
    """Whether a queue, or dead-letter queue, has Crossdock's own requests only."""
    return CONSUMERS.get(queue.removesuffix(".dead")) in _INTERNAL


def dead_letter_queue(consumer: str) -> str:
    """Return the name of a consumer's dead-letter queue."""
    return f"{consumer}.dead"


def _consumer_queue(consumer: str) -> Queue:
    return Queue(
        consumer,
        {
            "x-queue-type": "quorum",
            "x-dead-letter-exchange": DEAD,
            "x-dead-letter-routing-key": consumer,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
            "x-delivery-limit": DELIVERY_LIMIT,
        },
    )


def _dead_letter_queue(name: str) -> Queue:
    return Queue(name, {"x-queue-type": "quorum", "x-delivery-limit": NEVER_LIMIT})


TOPOLOGY = Topology(
    exchanges=(
        Exchange(UNROUTED, "fanout"),
        Exchange(DEAD, "direct"),
        Exchange(ANNOUNCED, "fanout"),
        Exchange(EVENTS, "topic", {"alternate-exchange": UNROUTED}),
        Exchange(INTERNAL, "topic", {"alternate-exchange": UNROUTED}),
    ),
    queues=(
        _dead_letter_queue(UNROUTED),
        *(_dead_letter_queue(dead_letter_queue(consumer)) for consumer in CONSUMERS),
        *(_consumer_queue(consumer) for consumer in CONSUMERS),
    ),
    bindings=(
        Binding(UNROUTED, "", UNROUTED),
        *(Binding(DEAD, consumer, dead_letter_queue(consumer)) for consumer in CONSUMERS),
        *(Binding(exchange_of(event), event, consumer) for consumer, event in CONSUMERS.items()),
        # An announcement without a bound queue is routed here and dropped; otherwise it would count as unrouted.
        *(Binding(EVENTS, event, ANNOUNCED, to_exchange=True) for event in ANNOUNCEMENTS),
    ),
    former_bindings=tuple(
        Binding(EVENTS, event, consumer) for consumer, event in CONSUMERS.items() if event in REQUESTS
    ),
)
