"""The contract of every transport. Each transport's test module runs all of it."""

import threading
import time
from collections.abc import Callable
from hashlib import sha256

import pytest

from events.bus import RECEIVED_BYTES, Bus, Delivery, Subscription
from events.cloud_event import HARD_LIMIT
from events.errors import TopologyError, UnpublishableMessageError, UnroutableError
from events.large_bodies import KEPT_BYTES
from events.registry import ANNOUNCEMENTS
from events.topology import TOPOLOGY, UNROUTED, Exchange, Queue, Topology
from schemas.message import Message
from tests.events.declared import CHANGED, IMPORTER, PLACED

SOON = 120.0
"""Seconds for a broker on a busy machine."""
LONG = 2 * SOON  # of a wait that a test interrupts, or that a message ends


def message(number: int = 1, name: str = "order.placed", to: str | None = None) -> Message:
    """Return a message with a number of its own."""
    return Message(id=f"m-{number}", name=name, body=f"body {number}".encode(), order_id="111-0000000-0000001", to=to)


def receive_all(subscription: Subscription, count: int) -> list[Delivery]:
    """Receive exactly so many deliveries, or fail."""
    received: list[Delivery] = []
    deadline = time.monotonic() + SOON
    while len(received) < count and time.monotonic() < deadline:
        received += subscription.receive(count - len(received), timeout=0.5)
    assert len(received) == count
    return received


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for a condition, or fail."""
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        threading.Event().wait(0.02)


def ids(deliveries: list[Delivery]) -> list[str]:
    """Return the messages' ids."""
    return [delivery.message.id for delivery in deliveries]


class BusContract:
    """The promises of `events.bus`. The fixture `bus` is a bus with `DECLARED` or more, empty."""

    def test_a_published_message_is_received_unchanged(self, bus: Bus) -> None:
        sent = Message(
            id="m-1",
            name="order.placed",
            body=bytes(range(256)) * 4096,  # 1 MiB, no text in any encoding
            order_id="111-0000000-0000001",
            headers={"epoch": 2, "attempt": 3, "replay": "r-1"},
        )
        bus.publish([sent]).wait(SOON)
        (delivery,) = receive_all(bus.subscribe(PLACED, prefetch=5), 1)
        assert delivery.message == sent
        assert (delivery.message.epoch, delivery.message.attempt) == (2, 3)
        assert (delivery.delivery_count, delivery.redelivered) == (0, False)

    @pytest.mark.parametrize("size", [HARD_LIMIT + 1, 3 * HARD_LIMIT, 16 * HARD_LIMIT])
    def test_of_a_body_above_the_limit_beginning_size_and_hash_are_received(self, bus: Bus, size: int) -> None:
        body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        bus.publish([message(1)._replace(body=body), message(2)]).wait(SOON)
        large, small = receive_all(bus.subscribe(PLACED, prefetch=5), 2)
        assert large.message.is_partial
        assert large.message.body == body[:KEPT_BYTES]
        assert large.message.headers == {"size": size, "sha256": sha256(body).hexdigest()}
        assert not small.message.is_partial
        with pytest.raises(UnpublishableMessageError, match="not kept in full"):
            bus.publish([large.message])

    def test_deliveries_of_many_bytes_are_received_in_parts(self, bus: Bus) -> None:
        bus.publish([message(number)._replace(body=bytes(HARD_LIMIT)) for number in range(5)]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=5)
        eventually(lambda: bus.message_count(PLACED) == 0 or not bus.features.other_processes)
        received: list[int] = []
        while sum(received) < 5:
            if deliveries := subscription.receive(100, timeout=SOON):
                received.append(len(deliveries))
                subscription.ack(deliveries)
        assert max(received) * HARD_LIMIT <= RECEIVED_BYTES

    def test_messages_keep_their_order(self, bus: Bus) -> None:
        bus.publish([message(number) for number in range(200)]).wait(SOON)
        received = receive_all(bus.subscribe(PLACED, prefetch=500), 200)
        assert ids(received) == [f"m-{number}" for number in range(200)]

    def test_an_event_reaches_the_queue_of_its_consumer_only(self, bus: Bus) -> None:
        bus.publish([message(1), message(2, "order.status_changed")]).wait(SOON)
        assert ids(receive_all(bus.subscribe(CHANGED, prefetch=5), 1)) == ["m-2"]
        assert ids(receive_all(bus.subscribe(PLACED, prefetch=5), 1)) == ["m-1"]
        assert bus.message_count(UNROUTED) == 0

    def test_an_announcement_without_a_bound_queue_is_not_unrouted(self, bus: Bus) -> None:
        bus.publish([message(number, name) for number, name in enumerate(ANNOUNCEMENTS)]).wait(SOON)
        bus.publish([message(99, "event.unknown")]).wait(SOON)
        assert ids(receive_all(bus.subscribe(UNROUTED, prefetch=5), 1)) == ["m-99"]

    def test_an_unknown_event_is_routed_to_the_unrouted_queue(self, bus: Bus) -> None:
        bus.publish([message(1, "event.unknown")]).wait(SOON)
        (delivery,) = receive_all(bus.subscribe(UNROUTED, prefetch=5), 1)
        assert delivery.message.name == "event.unknown"

    def test_a_message_for_one_consumer_reaches_its_queue_only(self, bus: Bus) -> None:
        bus.publish([message(1, "order.placed", to=IMPORTER)]).wait(SOON)
        (delivery,) = receive_all(bus.subscribe(IMPORTER, prefetch=5), 1)
        assert delivery.message.name == "order.placed"
        assert bus.message_count(PLACED) == 0

    def test_a_message_for_a_consumer_without_queue_is_unroutable(self, bus: Bus) -> None:
        confirmation = bus.publish([message(1), message(2, to="missing"), message(3)])
        with pytest.raises(UnroutableError, match='"missing"'):
            confirmation.wait(SOON)
        assert confirmation.done
        assert len(receive_all(bus.subscribe(PLACED, prefetch=5), 2)) == 2

    def test_a_name_too_long_for_amqp_is_refused_before_anything_is_published(self, bus: Bus) -> None:
        with pytest.raises(UnpublishableMessageError, match="255"):
            bus.publish([message(1), message(2, "x" * 256)])
        assert bus.message_count(PLACED) == 0

    def test_an_id_too_long_for_amqp_is_in_the_body_only(self, bus: Bus) -> None:
        bus.publish([Message(id="x" * 256, name="order.placed", body=b"{}")]).wait(SOON)
        (delivery,) = receive_all(bus.subscribe(PLACED, prefetch=5), 1)
        assert (delivery.message.id, delivery.message.order_id) == ("", None)

    def test_unacked_deliveries_never_exceed_the_prefetch(self, bus: Bus) -> None:
        bus.publish([message(number) for number in range(10)]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=4)
        deliveries = receive_all(subscription, 4)
        assert subscription.receive(10, timeout=0.2) == []
        subscription.ack(deliveries[:3])
        assert ids(receive_all(subscription, 3)) == ["m-4", "m-5", "m-6"]
        assert subscription.receive(10, timeout=0.2) == []

    def test_acknowledged_messages_are_not_redelivered(self, bus: Bus) -> None:
        bus.publish([message(number) for number in range(500)]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=600)
        deliveries = receive_all(subscription, 500)
        subscription.ack(deliveries[1::2])  # with gaps: none can be acknowledged together with the one before it
        subscription.ack(deliveries[:250:2])
        subscription.ack(deliveries)
        subscription.close()
        eventually(lambda: bus.message_count(PLACED) == 0)
        assert bus.subscribe(PLACED, prefetch=5).receive(5, timeout=0.3) == []

    def test_unacked_messages_are_redelivered_after_close(self, bus: Bus) -> None:
        bus.publish([message(number) for number in range(100)]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=200)
        deliveries = receive_all(subscription, 100)
        subscription.ack(deliveries[:99:2])
        subscription.close()
        again = receive_all(bus.subscribe(PLACED, prefetch=200), 50)
        assert sorted(ids(again)) == sorted(ids(deliveries[1::2]))
        assert all(delivery.delivery_count == 1 and delivery.redelivered for delivery in again)

    def test_a_requeued_message_is_redelivered_and_counted(self, bus: Bus) -> None:
        bus.publish([message()]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=5)
        counts = []
        for _ in range(3):
            deliveries = receive_all(subscription, 1)
            counts.append(deliveries[0].delivery_count)
            subscription.requeue(deliveries)
        assert counts == [0, 1, 2]
        subscription.ack(receive_all(subscription, 1))

    def test_a_paused_subscription_receives_nothing_until_it_is_resumed(self, bus: Bus) -> None:
        subscription = bus.subscribe(PLACED, prefetch=5)
        bus.publish([message(1)]).wait(SOON)
        deliveries = receive_all(subscription, 1)
        subscription.pause()
        bus.publish([message(2)]).wait(SOON)
        assert subscription.receive(5, timeout=0.3) == []
        subscription.ack(deliveries)
        subscription.resume()
        assert ids(receive_all(subscription, 1)) == ["m-2"]

    def test_a_pause_returns_what_was_not_received(self, bus: Bus) -> None:
        bus.publish([message(number) for number in range(4)]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=4)
        received = receive_all(subscription, 1)
        eventually(lambda: subscription.ready)
        subscription.pause()
        eventually(lambda: bus.message_count(PLACED) == 3)
        subscription.resume(limit=1)
        subscription.ack(received)
        probe = receive_all(subscription, 1)
        assert subscription.receive(4, timeout=0.3) == []
        subscription.ack(probe)
        assert len(receive_all(subscription, 1)) == 1

    def test_message_count_excludes_unacked_messages(self, bus: Bus) -> None:
        bus.publish([message(number) for number in range(10)]).wait(SOON)
        eventually(lambda: bus.message_count(PLACED) == 10)
        subscription = bus.subscribe(PLACED, prefetch=4)
        receive_all(subscription, 4)
        eventually(lambda: bus.message_count(PLACED) == 6)

    def test_the_message_count_of_a_missing_queue_is_an_error(self, bus: Bus) -> None:
        with pytest.raises(TopologyError, match='"missing"'):
            bus.message_count("missing")

    def test_consumers_are_counted_until_they_are_closed(self, bus: Bus) -> None:
        assert bus.consumer_count(PLACED) == 0
        first, second = bus.subscribe(PLACED, prefetch=1), bus.subscribe(PLACED, prefetch=1)
        eventually(lambda: bus.consumer_count(PLACED) == 2)
        first.close()
        eventually(lambda: bus.consumer_count(PLACED) == 1)
        second.close()
        second.close()
        eventually(lambda: bus.consumer_count(PLACED) == 0)
        with pytest.raises(TopologyError, match='"missing"'):
            bus.consumer_count("missing")

    def test_receive_returns_ready_messages_without_waiting_for_more(self, bus: Bus) -> None:
        subscription = bus.subscribe(PLACED, prefetch=100)
        bus.publish([message()]).wait(SOON)
        received: list[Delivery] = []
        receiver = threading.Thread(target=lambda: received.extend(subscription.receive(100, timeout=LONG)))
        receiver.start()
        receiver.join(SOON)
        assert ids(received) == ["m-1"]

    def test_a_blocked_receive_returns_a_new_message(self, bus: Bus) -> None:
        subscription = bus.subscribe(PLACED, prefetch=100)
        received: list[Delivery] = []
        receiver = threading.Thread(target=lambda: received.extend(subscription.receive(100, timeout=LONG)))
        receiver.start()
        bus.publish([message()]).wait(SOON)
        receiver.join(SOON)
        assert ids(received) == ["m-1"]

    def test_close_ends_a_blocked_receive(self, bus: Bus) -> None:
        subscription = bus.subscribe(PLACED, prefetch=100)
        receiver = threading.Thread(target=subscription.receive, args=(100, LONG))
        receiver.start()
        subscription.close()
        receiver.join(SOON)
        assert not receiver.is_alive()

    def test_two_subscriptions_share_a_queue_without_duplicates(self, bus: Bus) -> None:
        subscriptions = [bus.subscribe(PLACED, prefetch=20) for _ in range(2)]
        bus.publish([message(number) for number in range(200)]).wait(SOON)
        acked: list[str] = []
        deadline = time.monotonic() + SOON
        while len(acked) < 200 and time.monotonic() < deadline:
            for subscription in subscriptions:
                received = subscription.receive(50, timeout=0.05)
                subscription.ack(received)
                acked += ids(received)
        assert sorted(acked) == sorted(f"m-{number}" for number in range(200))

    def test_several_threads_publish_at_once(self, bus: Bus) -> None:
        def publish(thread: int) -> None:
            for number in range(20):
                bus.publish([message(1000 * thread + number)]).wait(SOON)

        threads = [threading.Thread(target=publish, args=(thread,)) for thread in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON)
        received = receive_all(bus.subscribe(PLACED, prefetch=200), 120)
        assert len(set(ids(received))) == 120

    def test_an_empty_publication_is_confirmed_at_once(self, bus: Bus) -> None:
        confirmation = bus.publish([])
        confirmation.wait(0.0)
        assert confirmation.done

    def test_declaring_again_changes_nothing(self, bus: Bus) -> None:
        bus.declare(TOPOLOGY)
        bus.publish([message()]).wait(SOON)
        bus.declare(TOPOLOGY)
        assert bus.check(TOPOLOGY) == []
        assert len(receive_all(bus.subscribe(PLACED, prefetch=5), 1)) == 1

    def test_a_queue_that_differs_is_named(self, bus: Bus) -> None:
        other = Queue(PLACED, {"x-queue-type": "quorum", "x-delivery-limit": 3})
        with pytest.raises(TopologyError, match="order-placed"):
            bus.declare(Topology((), (other,), ()))
        (problem,) = bus.check(Topology((), (other,), ()))
        assert problem.startswith('The queue "order-placed" exists with other arguments than needed')

    def test_a_missing_exchange_and_queue_are_named(self, bus: Bus) -> None:
        expected = Topology((Exchange("no.exchange", "topic"),), (Queue("no.queue"),), ())
        exchange, queue = bus.check(expected)
        assert "no.exchange" in exchange
        assert "no.queue" in queue
        assert "crossdock topology apply" in queue
