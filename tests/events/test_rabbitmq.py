"""RabbitMQ keeps the bus's promises, and those that only a broker can be asked for."""

import inspect
import json
import struct
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pika
import pytest
from kombu.connection import Connection
from kombu.messaging import Producer
from pika.adapters.base_connection import BaseConnection
from pika.channel import Channel

from events.bus import Bus
from events.envelope import open_message
from events.errors import BrokerUnavailableError, UnroutableError
from events.open_bus import open_bus
from events.publisher import KombuPublisher
from events.rabbit_problem import problem_of
from events.topology import DELIVERY_LIMIT, EVENTS, TOPOLOGY, Queue, Topology, dead
from schemas.message import Message
from tests.events.bus_contract import PLACED, SOON, BusContract, drain, eventually, ids, message
from tests.events.cable import Cable
from tests.events.samples import placed

CLOSED_PORT = "amqp://guest:guest@127.0.0.1:1/"


@pytest.fixture
def bus(vhost_url: str) -> Iterator[Bus]:
    """A bus on an empty virtual host."""
    bus = open_bus(vhost_url, "test")
    bus.declare(TOPOLOGY)
    yield bus
    bus.close()


@pytest.fixture
def cable(vhost_url: str) -> Iterator[Cable]:
    """A cable to the broker."""
    parts = urlsplit(vhost_url)
    cable = Cable(parts.hostname or "", parts.port or 5672)
    yield cable
    cable.close()


@pytest.fixture
def distant(vhost_url: str, cable: Cable, bus: Bus) -> Iterator[Bus]:
    """A second bus on the same virtual host, at the other end of the cable."""
    parts = urlsplit(vhost_url)
    distant = open_bus(vhost_url.replace(f":{parts.port}/", f":{cable.port}/"), "distant")
    yield distant
    distant.close()


def publish_by_pika(url: str, body: bytes, properties: pika.BasicProperties) -> None:
    """Publish as a stranger does who knows pika and nothing of ours."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    connection.channel().basic_publish(EVENTS, "order.placed", body, properties)
    connection.close()


class TestRabbitMqBus(BusContract):
    """All promises, and those of RabbitMQ alone."""

    def test_it_can_do_everything(self, bus: Bus) -> None:
        features = bus.features
        assert features.survives_crash
        assert features.other_processes
        assert features.redelivers
        assert features.counts_deliveries

    def test_a_plain_pika_publisher_is_understood(self, bus: Bus, vhost_url: str) -> None:
        publish_by_pika(vhost_url, json.dumps(placed()).encode(), pika.BasicProperties())
        (delivery,) = drain(bus.subscribe(PLACED, prefetch=5), 1)
        assert (delivery.message.id, delivery.message.name) == ("", "order.placed")
        assert open_message(delivery.message).name == "order.placed"

    def test_a_plain_kombu_publisher_is_understood(self, bus: Bus, vhost_url: str) -> None:
        with Connection(vhost_url) as connection:
            producer = Producer(connection.default_channel)
            producer.publish(placed(), exchange=EVENTS, routing_key="order.placed", serializer="json")
        (delivery,) = drain(bus.subscribe(PLACED, prefetch=5), 1)
        assert open_message(delivery.message).name == "order.placed"

    def test_what_crossdock_publish_sends_is_understood(self, bus: Bus, vhost_url: str) -> None:
        sent = Message(id="m-1", name="order.placed", body=json.dumps(placed()).encode(), headers={"epoch": 1})
        publisher = KombuPublisher(vhost_url)
        publisher.publish([sent])
        publisher.close()
        (delivery,) = drain(bus.subscribe(PLACED, prefetch=5), 1)
        assert delivery.message == sent

    @pytest.mark.parametrize(
        "properties",
        [
            pika.BasicProperties(message_id=b"\xff\xfe", type=b"\xff", correlation_id="\x00"),
            pika.BasicProperties(headers={"epoch": "x" * 70_000, "attempt": [1, {"deep": None}], "other": b"\xff"}),
            pika.BasicProperties(headers={"epoch": True, "x-delivery-count": "many", "x-death": "often"}),
            pika.BasicProperties(headers={"epoch": 2147483647, "attempt": 9, "replay": "mine"}, app_id="erp"),
        ],
    )
    def test_strange_properties_are_left_out(self, bus: Bus, vhost_url: str, properties: pika.BasicProperties) -> None:
        publish_by_pika(vhost_url, b"body", properties)
        (delivery,) = drain(bus.subscribe(PLACED, prefetch=5), 1)
        assert delivery.message == Message(id="", name="order.placed", body=b"body")
        assert delivery.earlier == 0

    @pytest.mark.parametrize("spoil", ["a year that is none", "a table nested two thousand deep"])
    def test_properties_that_cannot_be_decoded_are_left_out(
        self, bus: Bus, vhost_url: str, spoil: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        subscription = bus.subscribe(PLACED, prefetch=5)
        table = {
            "a year that is none": b"\x01aT" + struct.pack(">Q", 2**62),
            "a table nested two thousand deep": _nested(2000),
        }[spoil]
        with monkeypatch.context() as patch:
            patch.setattr(pika.BasicProperties, "encode", lambda _: [struct.pack(">HI", 1 << 13, len(table)), table])
            publish_by_pika(vhost_url, b"spoiled", pika.BasicProperties())
        bus.publish([message(2)]).wait(SOON)
        first, second = drain(subscription, 2)
        assert (first.message.body, first.earlier) == (b"spoiled", 0)
        assert second.message.id == "m-2"
        subscription.done([first, second])
        subscription.close()
        eventually(lambda: bus.depth(PLACED) == 0)

    def test_a_message_that_is_given_back_too_often_ends_in_the_safety_net(self, bus: Bus) -> None:
        bus.publish([message(1), message(2)]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=1)
        given_back = 0
        while given_back <= DELIVERY_LIMIT:
            (delivery,) = drain(subscription, 1)
            if delivery.message.id == "m-1":
                subscription.give_back([delivery])
                given_back += 1
            else:
                subscription.done([delivery])
        (buried,) = drain(bus.subscribe(dead(PLACED), prefetch=1), 1)
        assert buried.message == message(1)

    def test_it_reconnects_after_a_cut_and_loses_nothing(self, distant: Bus, cable: Cable) -> None:
        subscription = distant.subscribe(PLACED, prefetch=10)
        distant.publish([message(number) for number in range(10)]).wait(SOON)
        held = drain(subscription, 10)
        subscription.done(held[:5])
        eventually(lambda: distant.depth(PLACED) == 0)
        cable.cut()
        again = drain(subscription, 5)
        assert sorted(ids(again)) == sorted(ids(held[5:]))
        assert {delivery.generation for delivery in again} != {held[0].generation}
        subscription.done(held)  # of the lost connection: left out, or the channel would be closed
        subscription.done(again)
        _publish_at_last(distant, message(11))
        assert ids(drain(subscription, 1)) == ["m-11"]
        assert distant.depth(PLACED) == 0

    def test_a_publication_that_is_not_confirmed_in_time_is_unavailable(self, distant: Bus, cable: Cable) -> None:
        distant.publish([message(1)]).wait(SOON)
        cable.hold()
        receipt = distant.publish([message(2)])
        with pytest.raises(BrokerUnavailableError, match="confirm"):
            receipt.wait(0.2)
        late = distant.publish([message(3)])
        with pytest.raises(BrokerUnavailableError):
            late.wait(0.2)
        cable.flow()
        with pytest.raises(BrokerUnavailableError):
            receipt.wait(0.0)

    def test_a_late_confirm_is_not_taken_for_another_message(self, distant: Bus, bus: Bus, cable: Cable) -> None:
        distant.publish([message(1)]).wait(SOON)
        cable.hold()
        with pytest.raises(BrokerUnavailableError):
            distant.publish([message(2)]).wait(0.2)
        refused = distant.publish([message(3, to="nobody")])
        cable.flow()
        with pytest.raises(UnroutableError, match="nobody"):
            refused.wait(SOON)

    def test_what_was_under_way_when_the_connection_broke_is_unavailable(self, distant: Bus, cable: Cable) -> None:
        distant.publish([message(1)]).wait(SOON)
        cable.hold()
        receipt = distant.publish([message(2)])
        eventually(lambda: not receipt.settled)
        cable.cut()
        cable.flow()
        with pytest.raises(BrokerUnavailableError, match="lost"):
            receipt.wait(SOON)

    def test_what_the_broker_refuses_is_counted_and_unavailable(self, bus: Bus) -> None:
        full = Queue("full", {"x-max-length": 1, "x-overflow": "reject-publish"})
        bus.declare(Topology((), (full,), ()))
        bus.publish([message(1, to="full")]).wait(SOON)
        with pytest.raises(BrokerUnavailableError, match="refused 2 of 3"):
            bus.publish([message(2, to="full"), message(3), message(4, to="full")]).wait(SOON)
        assert ids(drain(bus.subscribe(PLACED, prefetch=5), 1)) == ["m-3"]

    def test_a_subscription_waits_for_its_queue(self, vhost_url: str) -> None:
        bus = open_bus(vhost_url, "test")
        subscription = bus.subscribe(PLACED, prefetch=5)
        assert subscription.take(1, within=0.3) == []
        bus.declare(TOPOLOGY)
        bus.publish([message()]).wait(SOON)
        assert len(drain(subscription, 1)) == 1
        bus.close()

    def test_a_subscription_outlives_its_queue(self, bus: Bus, vhost_url: str) -> None:
        subscription = bus.subscribe(PLACED, prefetch=5)
        bus.publish([message(1)]).wait(SOON)
        drain(subscription, 1)
        connection = pika.BlockingConnection(pika.URLParameters(vhost_url))
        connection.channel().queue_delete(PLACED)
        connection.close()
        # Made again within milliseconds, a queue of RabbitMQ 3.10 takes the old consumer over and mutes it.
        assert subscription.take(1, within=0.5) == []
        bus.declare(TOPOLOGY)
        bus.publish([message(2)]).wait(SOON)
        assert ids(drain(subscription, 1)) == ["m-2"]

    def test_publishing_without_exchange_says_what_to_do(self, vhost_url: str) -> None:
        bus = open_bus(vhost_url, "test")
        with pytest.raises(BrokerUnavailableError, match="crossdock topology apply"):
            bus.publish([message(1)]).wait(SOON)
        bus.declare(TOPOLOGY)
        bus.publish([message(2)]).wait(SOON)
        assert bus.depth(PLACED) == 1
        bus.close()

    def test_the_next_host_is_tried(self, bus: Bus, vhost_url: str) -> None:
        several = open_bus(f"{CLOSED_PORT};{vhost_url}", "test")
        several.publish([message()]).wait(SOON)
        assert several.depth(PLACED) == 1
        several.close()
        publisher = KombuPublisher(f"{CLOSED_PORT};{vhost_url}")
        publisher.publish([message(2)])
        publisher.close()
        assert bus.depth(PLACED) == 2

    def test_a_wrong_password_is_told_without_repeating_it(self, vhost_url: str) -> None:
        bus = open_bus(vhost_url.replace(":guest@", ":not-the-password@"), "test")
        with pytest.raises(BrokerUnavailableError, match="refuses this user") as caught:
            bus.publish([message()]).wait(SOON)
        assert "not-the-password" not in str(caught.value)
        bus.close()

    def test_a_virtual_host_that_does_not_exist_is_told(self, vhost_url: str) -> None:
        bus = open_bus(f"{vhost_url}-not", "test")
        with pytest.raises(BrokerUnavailableError, match="virtual host"):
            bus.depth(PLACED)
        bus.close()


ASKING: list[Callable[[Bus], object]] = [
    lambda bus: bus.publish([message()]).wait(SOON),
    lambda bus: bus.depth(PLACED),
    lambda bus: bus.declare(TOPOLOGY),
    lambda bus: bus.check(Topology(TOPOLOGY.exchanges[:1], (), ())),
]


@pytest.mark.parametrize("ask", ASKING)
def test_a_broker_that_is_away_is_unavailable(ask: Callable[[Bus], object]) -> None:
    bus = open_bus(CLOSED_PORT, "test")
    with pytest.raises(BrokerUnavailableError, match=r"127\.0\.0\.1:1"):
        ask(bus)
    bus.close()
    with pytest.raises(BrokerUnavailableError, match="closed"):
        ask(bus)


def test_a_broker_that_is_away_is_unavailable_to_kombu_too() -> None:
    publisher = KombuPublisher(CLOSED_PORT)
    with pytest.raises(BrokerUnavailableError, match=r"127\.0\.0\.1:1"):
        publisher.publish([message()])
    publisher.close()


def test_taking_from_a_broker_that_is_away_returns_nothing() -> None:
    bus = open_bus(CLOSED_PORT, "test")
    subscription = bus.subscribe(PLACED, prefetch=5)
    assert subscription.take(1, within=0.1) == []
    subscription.close()
    bus.close()


def test_a_bus_that_was_never_used_is_closed_without_a_connection() -> None:
    open_bus(CLOSED_PORT, "test").close()


def _pika_errors() -> list[type[Exception]]:
    kinds = [kind for _, kind in inspect.getmembers(pika.exceptions, inspect.isclass)]
    return sorted((kind for kind in kinds if issubclass(kind, Exception)), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", _pika_errors())
def test_every_exception_of_pika_is_told_in_our_words(kind: type[Exception]) -> None:
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    needed = [p for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    error = kind(*([404, "gone"] if len(needed) == 2 else [[]] * len(needed)))
    words = problem_of(error)
    assert words
    assert kind.__name__ not in words


def _nested(depth: int) -> bytes:
    table = b""
    for _ in range(depth):
        table = b"\x01aF" + struct.pack(">I", len(table)) + table
    return table


def _publish_at_last(bus: Bus, wanted: Message) -> None:
    """Publish as every caller must: again, after the connection was lost."""

    def published() -> bool:
        try:
            bus.publish([wanted]).wait(SOON)
        except BrokerUnavailableError:
            return False
        return True

    eventually(published)


@pytest.mark.parametrize("size", [1, 10, 100])
def test_a_batch_is_acknowledged_with_one_word(bus: Bus, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    words: list[int] = []
    acknowledge = Channel.basic_ack

    def say(channel: Channel, delivery_tag: int = 0, multiple: bool = False) -> None:
        words.append(delivery_tag)
        acknowledge(channel, delivery_tag, multiple)

    monkeypatch.setattr(Channel, "basic_ack", say)
    bus.publish([message() for _ in range(size)]).wait(SOON)
    subscription = bus.subscribe(PLACED, size)
    held = drain(subscription, size)
    subscription.done(held)
    subscription.close()
    assert words == [size]
    assert bus.depth(PLACED) == 0


@pytest.mark.parametrize("size", [1, 10, 100])
def test_a_batch_is_published_with_one_write(bus: Bus, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bus.publish([message()]).wait(SOON)  # the connection is there
    written: list[bytes] = []
    write = BaseConnection._adapter_emit_data

    def note(connection: BaseConnection, data: bytes) -> None:
        written.extend([data] if EVENTS.encode() in data else [])  # a heartbeat may come between
        write(connection, data)

    monkeypatch.setattr(BaseConnection, "_adapter_emit_data", note)
    bus.publish([message() for _ in range(size)]).wait(SOON)
    assert len(written) == 1
    eventually(lambda: bus.depth(PLACED) == size + 1)
