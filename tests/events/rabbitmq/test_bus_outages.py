"""What the bus says and does when RabbitMQ, its queues or the way there are gone."""

import inspect
import socket
from collections.abc import Callable
from threading import Event

import pika
import pytest
from pika.channel import Channel

from events.bus import Bus
from events.errors import BrokerUnavailableError, UnroutableError
from events.open_bus import open_bus
from events.rabbitmq.error_text import describe_error
from events.rabbitmq.kombu_publisher import KombuPublisher
from events.topology import TOPOLOGY, Topology
from schemas.message import Message
from tests.events.bus_contract import PLACED, SOON, drain, eventually, ids, message
from tests.events.cable import Cable

CLOSED_PORT = "amqp://guest:guest@127.0.0.1:1/"


def test_it_reconnects_after_a_cut_and_loses_nothing(distant: Bus, cable: Cable) -> None:
    subscription = distant.subscribe(PLACED, prefetch=10)
    distant.publish([message(number) for number in range(10)]).wait(SOON)
    held = drain(subscription, 10)
    subscription.ack(held[:5])
    eventually(lambda: distant.message_count(PLACED) == 0)
    cable.cut()
    again = drain(subscription, 5)
    assert sorted(ids(again)) == sorted(ids(held[5:]))
    assert {delivery.generation for delivery in again} != {held[0].generation}
    subscription.ack(held)  # of the lost connection: left out, or the channel would be closed
    subscription.ack(again)
    _publish_at_last(distant, message(11))
    assert ids(drain(subscription, 1)) == ["m-11"]
    assert distant.message_count(PLACED) == 0


def test_a_publication_that_is_not_confirmed_in_time_is_unavailable(distant: Bus, cable: Cable) -> None:
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


def test_a_late_confirm_is_not_taken_for_another_message(distant: Bus, bus: Bus, cable: Cable) -> None:
    distant.publish([message(1)]).wait(SOON)
    cable.hold()
    with pytest.raises(BrokerUnavailableError):
        distant.publish([message(2)]).wait(0.2)
    refused = distant.publish([message(3, to="nobody")])
    cable.flow()
    with pytest.raises(UnroutableError, match="nobody"):
        refused.wait(SOON)


def test_what_was_under_way_when_the_connection_broke_is_unavailable(distant: Bus, cable: Cable) -> None:
    distant.publish([message(1)]).wait(SOON)
    cable.hold()
    receipt = distant.publish([message(2)])
    eventually(lambda: not receipt.done)
    cable.cut()
    cable.flow()
    with pytest.raises(BrokerUnavailableError, match="lost"):
        receipt.wait(SOON)


def test_a_subscription_waits_for_its_queue(vhost_url: str) -> None:
    bus = open_bus(vhost_url, "test")
    subscription = bus.subscribe(PLACED, prefetch=5)
    assert subscription.receive(1, within=0.3) == []
    bus.declare(TOPOLOGY)
    bus.publish([message()]).wait(SOON)
    assert len(drain(subscription, 1)) == 1
    bus.close()


def test_a_subscription_outlives_its_queue(bus: Bus, vhost_url: str) -> None:
    subscription = bus.subscribe(PLACED, prefetch=5)
    bus.publish([message(1)]).wait(SOON)
    drain(subscription, 1)
    connection = pika.BlockingConnection(pika.URLParameters(vhost_url))
    connection.channel().queue_delete(PLACED)
    connection.close()
    # Made again within milliseconds, a queue of RabbitMQ 3.10 takes the old consumer over and mutes it.
    assert subscription.receive(1, within=0.5) == []
    bus.declare(TOPOLOGY)
    bus.publish([message(2)]).wait(SOON)
    assert ids(drain(subscription, 1)) == ["m-2"]


def test_a_pause_that_ends_while_the_channel_comes_back_makes_one_consumer(
    distant: Bus, cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscription = distant.subscribe(PLACED, prefetch=5)
    distant.publish([message(1)]).wait(SOON)
    subscription.ack(drain(subscription, 1))
    prefetch, consume = Channel.basic_qos, Channel.basic_consume
    consumers: list[str] = []
    ready = Event()

    def ask(channel: Channel, prefetch_count: int, callback: Callable[[object], None]) -> None:
        def answered(frame: object) -> None:
            callback(frame)
            ready.set()

        prefetch(channel, prefetch_count=prefetch_count, callback=answered)
        subscription.pause()
        subscription.resume()

    def note(channel: Channel, queue: str, *args: object, **more: object) -> str:
        consumers.append(queue)
        return str(consume(channel, queue, *args, **more))

    monkeypatch.setattr(Channel, "basic_qos", ask)
    monkeypatch.setattr(Channel, "basic_consume", note)
    cable.cut()
    assert ready.wait(SOON)
    assert consumers == [PLACED]


def test_publishing_without_exchange_says_what_to_do(vhost_url: str) -> None:
    bus = open_bus(vhost_url, "test")
    with pytest.raises(BrokerUnavailableError, match="crossdock topology apply"):
        bus.publish([message(1)]).wait(SOON)
    bus.declare(TOPOLOGY)
    bus.publish([message(2)]).wait(SOON)
    assert bus.message_count(PLACED) == 1
    bus.close()


def test_the_next_host_is_tried(bus: Bus, vhost_url: str) -> None:
    several = open_bus(f"{CLOSED_PORT};{vhost_url}", "test")
    several.publish([message()]).wait(SOON)
    assert several.message_count(PLACED) == 1
    several.close()
    publisher = KombuPublisher(f"{CLOSED_PORT};{vhost_url}")
    publisher.publish([message(2)])
    publisher.close()
    assert bus.message_count(PLACED) == 2


def test_a_wrong_password_is_told_without_repeating_it(vhost_url: str) -> None:
    bus = open_bus(vhost_url.replace(":guest@", ":not-the-password@"), "test")
    with pytest.raises(BrokerUnavailableError, match="refuses this user") as caught:
        bus.publish([message()]).wait(SOON)
    assert "not-the-password" not in str(caught.value)
    bus.close()


def test_a_virtual_host_that_does_not_exist_is_told(vhost_url: str) -> None:
    bus = open_bus(f"{vhost_url}-not", "test")
    with pytest.raises(BrokerUnavailableError, match="virtual host"):
        bus.message_count(PLACED)
    bus.close()


def _publish_at_last(bus: Bus, wanted: Message) -> None:
    """Publish as every caller must: again, after the connection was lost."""

    def published() -> bool:
        try:
            bus.publish([wanted]).wait(SOON)
        except BrokerUnavailableError:
            return False
        return True

    eventually(published)


ASKING: list[Callable[[Bus], object]] = [
    lambda bus: bus.publish([message()]).wait(SOON),
    lambda bus: bus.message_count(PLACED),
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
    assert subscription.receive(1, within=0.1) == []
    subscription.close()
    bus.close()


def test_a_bus_that_was_never_used_is_closed_without_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody_came:
        open_bus(f"amqp://guest:guest@127.0.0.1:{nobody_came.getsockname()[1]}/", "test").close()
        nobody_came.setblocking(False)
        with pytest.raises(BlockingIOError):
            nobody_came.accept()


def _pika_errors() -> list[type[Exception]]:
    kinds = [kind for _, kind in inspect.getmembers(pika.exceptions, inspect.isclass)]
    return sorted((kind for kind in kinds if issubclass(kind, Exception)), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", _pika_errors())
def test_every_exception_of_pika_is_told_in_our_words(kind: type[Exception]) -> None:
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    needed = [p for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    error = kind(*([404, "gone"] if len(needed) == 2 else [[]] * len(needed)))
    words = describe_error(error)
    assert words
    assert kind.__name__ not in words
