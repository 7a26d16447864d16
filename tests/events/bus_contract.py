"""What every transport promises. Each transport's test module runs all of it."""

import threading
import time
from collections.abc import Callable

import pytest

from events.bus import Bus, Delivery, Subscription
from events.errors import TopologyError, UnpublishableMessageError, UnroutableError
from events.registry import ANNOUNCEMENTS
from events.topology import TOPOLOGY, UNROUTED, Exchange, Queue, Topology
from schemas.message import Message

PLACED = "order-placed"
CHANGED = "status-changed"
SOON = 25.0
"""Seconds for a broker on a busy machine; less than the waits that a test interrupts."""


def message(number: int = 1, name: str = "order.placed", to: str | None = None) -> Message:
    """A message that can be told from others."""
    return Message(id=f"m-{number}", name=name, body=f"body {number}".encode(), order_id="111-0000000-0000001", to=to)


def drain(subscription: Subscription, count: int) -> list[Delivery]:
    """Take exactly so many, or fail."""
    taken: list[Delivery] = []
    until = time.monotonic() + SOON
    while len(taken) < count and time.monotonic() < until:
        taken += subscription.receive(count - len(taken), within=0.5)
    assert len(taken) == count
    return taken


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for a condition, or fail."""
    until = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < until, "the condition did not come true in time"
        threading.Event().wait(0.02)


def ids(deliveries: list[Delivery]) -> list[str]:
    """The messages' ids."""
    return [delivery.message.id for delivery in deliveries]


class BusContract:
    """The promises of `events.bus`. The fixture `bus` is a bus with the whole topology, empty."""

    def test_a_published_message_is_taken_as_it_was_sent(self, bus: Bus) -> None:
        sent = Message(
            id="m-1",
            name="order.placed",
            body=bytes(range(256)) * 8192,  # 2 MiB, no text in any encoding
            order_id="111-0000000-0000001",
            headers={"epoch": 2, "attempt": 3, "replay": "r-1"},
        )
        bus.publish([sent]).wait(SOON)
        (delivery,) = drain(bus.subscribe(PLACED, prefetch=5), 1)
        assert delivery.message == sent
        assert (delivery.message.epoch, delivery.message.attempt) == (2, 3)
        assert (delivery.delivery_count, delivery.redelivered) == (0, False)

    def test_messages_keep_their_order(self, bus: Bus) -> None:
        bus.publish([message(number) for number in range(200)]).wait(SOON)
        taken = drain(bus.subscribe(PLACED, prefetch=500), 200)
        assert ids(taken) == [f"m-{number}" for number in range(200)]

    def test_an_event_reaches_the_queue_of_its_consumer_only(self, bus: Bus) -> None:
        bus.publish([message(1), message(2, "order.status_changed")]).wait(SOON)
        assert ids(drain(bus.subscribe(CHANGED, prefetch=5), 1)) == ["m-2"]
        assert ids(drain(bus.subscribe(PLACED, prefetch=5), 1)) == ["m-1"]
        assert bus.message_count(UNROUTED) == 0

    def test_an_announcement_that_nobody_wants_is_not_unrouted(self, bus: Bus) -> None:
        bus.publish([message(number, name) for number, name in enumerate(ANNOUNCEMENTS)]).wait(SOON)
        bus.publish([message(99, "nobody.knows")]).wait(SOON)
        assert ids(drain(bus.subscribe(UNROUTED, prefetch=5), 1)) == ["m-99"]

    def test_an_unknown_event_ends_in_the_unrouted_queue(self, bus: Bus) -> None:
        bus.publish([message(1, "nobody.knows")]).wait(SOON)
        (delivery,) = drain(bus.subscribe(UNROUTED, prefetch=5), 1)
        assert delivery.message.name == "nobody.knows"

    def test_a_message_for_one_consumer_reaches_its_queue_only(self, bus: Bus) -> None:
        bus.publish([message(1, "order.placed", to="importer")]).wait(SOON)
        (delivery,) = drain(bus.subscribe("importer", prefetch=5), 1)
        assert delivery.message.name == "order.placed"
        assert bus.message_count(PLACED) == 0

    def test_a_message_for_a_consumer_without_queue_is_unroutable(self, bus: Bus) -> None:
        receipt = bus.publish([message(1), message(2, to="nobody"), message(3)])
        with pytest.raises(UnroutableError, match="nobody"):
            receipt.wait(SOON)
        assert receipt.done
        assert len(drain(bus.subscribe(PLACED, prefetch=5), 2)) == 2

    def test_a_name_too_long_for_the_wire_is_refused_before_anything_is_sent(self, bus: Bus) -> None:
        with pytest.raises(UnpublishableMessageError, match="255"):
            bus.publish([message(1), message(2, "x" * 256)])
        assert bus.message_count(PLACED) == 0

    def test_an_id_too_long_for_the_wire_is_left_to_the_body(self, bus: Bus) -> None:
        bus.publish([Message(id="x" * 256, name="order.placed", body=b"{}")]).wait(SOON)
        (delivery,) = drain(bus.subscribe(PLACED, prefetch=5), 1)
        assert (delivery.message.id, delivery.message.order_id) == ("", None)

    def test_no_more_than_the_prefetch_is_in_hand(self, bus: Bus) -> None:
        bus.publish([message(number) for number in range(10)]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=4)
        held = drain(subscription, 4)
        assert subscription.receive(10, within=0.2) == []
        subscription.ack(held[:3])
        assert ids(drain(subscription, 3)) == ["m-4", "m-5", "m-6"]
        assert subscription.receive(10, within=0.2) == []

    def test_what_is_done_does_not_come_again(self, bus: Bus) -> None:
        bus.publish([message(number) for number in range(500)]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=600)
        held = drain(subscription, 500)
        subscription.ack(held[1::2])  # with gaps: none can be acknowledged together with the one before
        subscription.ack(held[:250:2])
        subscription.ack(held)
        subscription.close()
        eventually(lambda: bus.message_count(PLACED) == 0)
        assert bus.subscribe(PLACED, prefetch=5).receive(5, within=0.3) == []

    def test_what_is_not_done_comes_again_after_close(self, bus: Bus) -> None:
        bus.publish([message(number) for number in range(100)]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=200)
        held = drain(subscription, 100)
        subscription.ack(held[:99:2])
        subscription.close()
        again = drain(bus.subscribe(PLACED, prefetch=200), 50)
        assert sorted(ids(again)) == sorted(ids(held[1::2]))
        assert all(delivery.delivery_count == 1 and delivery.redelivered for delivery in again)

    def test_what_is_given_back_comes_again_and_is_counted(self, bus: Bus) -> None:
        bus.publish([message()]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=5)
        counts = []
        for _ in range(3):
            held = drain(subscription, 1)
            counts.append(held[0].delivery_count)
            subscription.requeue(held)
        assert counts == [0, 1, 2]
        subscription.ack(drain(subscription, 1))

    def test_a_paused_subscription_takes_nothing_until_it_is_resumed(self, bus: Bus) -> None:
        subscription = bus.subscribe(PLACED, prefetch=5)
        bus.publish([message(1)]).wait(SOON)
        held = drain(subscription, 1)
        subscription.pause()
        bus.publish([message(2)]).wait(SOON)
        assert subscription.receive(5, within=0.3) == []
        subscription.ack(held)
        subscription.resume()
        assert ids(drain(subscription, 1)) == ["m-2"]

    def test_depth_counts_what_nobody_holds(self, bus: Bus) -> None:
        bus.publish([message(number) for number in range(10)]).wait(SOON)
        eventually(lambda: bus.message_count(PLACED) == 10)
        subscription = bus.subscribe(PLACED, prefetch=4)
        drain(subscription, 4)
        eventually(lambda: bus.message_count(PLACED) == 6)

    def test_the_depth_of_a_missing_queue_is_an_error(self, bus: Bus) -> None:
        with pytest.raises(TopologyError, match="nobody"):
            bus.message_count("nobody")

    def test_takers_are_counted_while_they_take(self, bus: Bus) -> None:
        assert bus.consumer_count(PLACED) == 0
        first, second = bus.subscribe(PLACED, prefetch=1), bus.subscribe(PLACED, prefetch=1)
        eventually(lambda: bus.consumer_count(PLACED) == 2)
        first.close()
        eventually(lambda: bus.consumer_count(PLACED) == 1)
        second.close()
        second.close()
        eventually(lambda: bus.consumer_count(PLACED) == 0)
        with pytest.raises(TopologyError, match="nobody"):
            bus.consumer_count("nobody")

    def test_take_returns_what_is_there_without_waiting_for_more(self, bus: Bus) -> None:
        subscription = bus.subscribe(PLACED, prefetch=100)
        bus.publish([message()]).wait(SOON)
        begun = time.monotonic()
        assert len(subscription.receive(100, within=30.0)) == 1
        assert time.monotonic() - begun < 10.0

    def test_take_is_woken_by_a_message(self, bus: Bus) -> None:
        subscription = bus.subscribe(PLACED, prefetch=100)
        taken: list[Delivery] = []
        taker = threading.Thread(target=lambda: taken.extend(subscription.receive(100, within=30.0)))
        taker.start()
        bus.publish([message()]).wait(SOON)
        taker.join(SOON)
        assert ids(taken) == ["m-1"]

    def test_a_taker_is_let_go_by_close(self, bus: Bus) -> None:
        subscription = bus.subscribe(PLACED, prefetch=100)
        taker = threading.Thread(target=subscription.receive, args=(100, 60.0))
        taker.start()
        subscription.close()
        taker.join(SOON)
        assert not taker.is_alive()

    def test_two_subscriptions_share_a_queue_without_doubling(self, bus: Bus) -> None:
        subscriptions = [bus.subscribe(PLACED, prefetch=20) for _ in range(2)]
        bus.publish([message(number) for number in range(200)]).wait(SOON)
        seen: list[str] = []
        until = time.monotonic() + SOON
        while len(seen) < 200 and time.monotonic() < until:
            for subscription in subscriptions:
                taken = subscription.receive(50, within=0.05)
                subscription.ack(taken)
                seen += ids(taken)
        assert sorted(seen) == sorted(f"m-{number}" for number in range(200))

    def test_several_threads_publish_at_once(self, bus: Bus) -> None:
        def publish(thread: int) -> None:
            for number in range(20):
                bus.publish([message(1000 * thread + number)]).wait(SOON)

        threads = [threading.Thread(target=publish, args=(thread,)) for thread in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON)
        taken = drain(bus.subscribe(PLACED, prefetch=200), 120)
        assert len(set(ids(taken))) == 120

    def test_nothing_published_is_confirmed_at_once(self, bus: Bus) -> None:
        receipt = bus.publish([])
        receipt.wait(0.0)
        assert receipt.done

    def test_declaring_again_changes_nothing(self, bus: Bus) -> None:
        bus.publish([message()]).wait(SOON)
        bus.declare(TOPOLOGY)
        assert bus.check(TOPOLOGY) == []
        assert len(drain(bus.subscribe(PLACED, prefetch=5), 1)) == 1

    def test_a_queue_that_differs_is_named(self, bus: Bus) -> None:
        other = Queue(PLACED, {"x-queue-type": "quorum", "x-delivery-limit": 3})
        with pytest.raises(TopologyError, match="order-placed"):
            bus.declare(Topology((), (other,), ()))
        (problem,) = bus.check(Topology((), (other,), ()))
        assert problem.startswith('The queue "order-placed" exists with other arguments than needed')

    def test_what_is_missing_is_named(self, bus: Bus) -> None:
        wanted = Topology((Exchange("no.exchange", "topic"),), (Queue("no.queue"),), ())
        exchange, queue = bus.check(wanted)
        assert "no.exchange" in exchange
        assert "no.queue" in queue
        assert "crossdock topology apply" in queue
