"""Exchanges, queues and bindings, as data: the same for both transports, RabbitMQ 3.10 and 4.x.

Every queue is a quorum queue. A consumer's queue hands what it cannot keep to its safety net, `NAME.dead`, at least
once. Limits that 4.x sets by itself (20 deliveries) are set explicitly, because 3.10 has none.
"""

from dataclasses import dataclass, field

from events.registry import ANNOUNCEMENTS, CONSUMERS

EVENTS = "crossdock.events"
UNROUTED = "crossdock.unrouted"
DEAD = "crossdock.dead"
ANNOUNCED = "crossdock.announced"

DELIVERY_LIMIT = 20
"""Counts crashes of neighbours in the prefetch window too, so neither 1 to 3 nor a huge prefetch."""

NEVER_LIMIT = 1_000_000
"""Safety nets must not drop; `-1` would mean "drop at once" on 3.10."""

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
    """What an exchange hands to a queue, or to another exchange where `to_exchange`."""

    exchange: str
    key: str
    target: str
    to_exchange: bool = False


@dataclass(frozen=True, slots=True)
class Topology:
    """All objects, in the order in which they must be made: safety nets before the queues that need them."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]


def dead_letter_queue(consumer: str) -> str:
    """Return the name of a consumer's safety net."""
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
    ),
    queues=(
        _dead_letter_queue(UNROUTED),
        *(_dead_letter_queue(dead_letter_queue(consumer)) for consumer in CONSUMERS),
        *(_consumer_queue(consumer) for consumer in CONSUMERS),
    ),
    bindings=(
        Binding(UNROUTED, "", UNROUTED),
        *(Binding(DEAD, consumer, dead_letter_queue(consumer)) for consumer in CONSUMERS),
        *(Binding(EVENTS, event, consumer) for consumer, event in CONSUMERS.items()),
        # An announcement that nobody bound a queue for is routed here and ends, instead of counting as unrouted.
        *(Binding(EVENTS, event, ANNOUNCED, to_exchange=True) for event in ANNOUNCEMENTS),
    ),
)
