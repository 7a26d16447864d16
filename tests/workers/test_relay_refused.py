"""A listener whose queue is full: the consumer, the relay and the other listeners of the event go on without it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from threading import Event
from typing import Any

import pytest

from events.bus import Bus
from events.topology import EVENTS, Binding, Queue, Topology
from tests.builders import placed
from tests.harness import SOON, opened_parts
from tests.letters import LaterClock
from tests.pipeline.test_processor import message
from workers.consumer import Consumer
from workers.process.parts import Parts
from workers.relay import Relay

pytestmark = pytest.mark.broker

ORDERS = 60
LIMIT = 5
QUEUES = {
    "classic": {"x-max-length": LIMIT, "x-overflow": "reject-publish"},
    "quorum": {"x-queue-type": "quorum", "x-max-length": LIMIT, "x-overflow": "reject-publish"},
    "bytes": {"x-max-length-bytes": 3000, "x-overflow": "reject-publish"},
}


@pytest.fixture
def parts(vhost_url: str, url: str, clock: LaterClock) -> Iterator[Parts]:
    """A fresh ledger, and RabbitMQ."""
    with opened_parts(vhost_url, url, clock) as opened:
        yield opened


def listen(bus: Bus, name: str, arguments: dict[str, Any]) -> None:
    """Bind a queue to the announcements of the consumer of placed orders."""
    bus.declare(Topology((), (Queue(name, arguments),), (Binding(EVENTS, "order.recorded", name),)))


def taken(bus: Bus, name: str) -> Counter[str]:
    """Take all messages of a queue; return how often each came."""
    found: Counter[str] = Counter()
    waiting = bus.message_count(name)
    with closing(bus.subscribe(name, 500)) as subscription:
        while found.total() < waiting:
            deliveries = subscription.receive(500, SOON)
            assert deliveries, "a message did not come"
            found.update(delivery.message.id for delivery in deliveries)
            subscription.ack(deliveries)
    return found


@pytest.mark.parametrize("kind", QUEUES)
@pytest.mark.slow
def test_a_full_queue_stops_neither_the_consumer_nor_another_listener_and_gets_all_in_the_end(
    parts: Parts, clock: LaterClock, kind: str
) -> None:
    bus = parts.bus
    listen(bus, "full", QUEUES[kind])
    listen(bus, "good", {"x-queue-type": "quorum"})
    bus.publish([message(placed(amazon_order_id=f"123-1234567-{number:07}")) for number in range(ORDERS)]).wait(30.0)
    with closing(Consumer(parts.processor("order-placed"), bus, 10, 30)) as consumer:
        handled = 0
        while handled < ORDERS:
            handled += consumer.turn(Event(), 10.0)
        consumer.turn(Event())
    assert bus.message_count("order-placed") == 0
    assert taken(bus, "good").total() == ORDERS
    relay, got = Relay(parts.ledger, bus), taken(bus, "full")
    while len(got) < ORDERS:
        assert _stuck(parts) == ORDERS - len(got)
        clock.pass_time(minutes=10)
        while relay.turn():
            got += taken(bus, "full")
    assert _stuck(parts) == 0
    repeats = taken(bus, "good")
    assert set(repeats) <= set(got)
    assert repeats.total() < 2 * ORDERS


def _stuck(parts: Parts) -> int:
    with parts.ledger.read() as work:
        return sum(event.messages for event in work.refused.stuck())
