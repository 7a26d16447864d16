"""Outages: RabbitMQ, its queues or the connection to it are gone."""

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
from tests.events.bus_contract import SOON, eventually, ids, message, receive_all
from tests.events.declared import PLACED
from tests.events.tcp_proxy import TcpProxy

CLOSED_PORT = "amqp://guest:guest@127.0.0.1:1/"


def test_a_cut_connection_is_restored_and_no_message_is_lost(proxied_bus: Bus, proxy: TcpProxy) -> None:
    subscription = proxied_bus.subscribe(PLACED, prefetch=10)
    proxied_bus.publish([message(number) for number in range(10)]).wait(SOON)
    deliveries = receive_all(subscription, 10)
    subscription.ack(deliveries[:5])
    eventually(lambda: proxied_bus.message_count(PLACED) == 0)
    proxy.cut()
    again = receive_all(subscription, 5)
    assert sorted(ids(again)) == sorted(ids(deliveries[5:]))
    assert {delivery.generation for delivery in again} != {deliveries[0].generation}
    subscription.ack(deliveries)  # those of the lost connection are left out, or the channel would be closed
    subscription.ack(again)
    _publish_until_confirmed(proxied_bus, message(11))
    assert ids(receive_all(subscription, 1)) == ["m-11"]
    assert proxied_bus.message_count(PLACED) == 0


def test_a_publication_that_is_not_confirmed_in_time_fails(proxied_bus: Bus, proxy: TcpProxy) -> None:
    proxied_bus.publish([message(1)]).wait(SOON)
    proxy.stall()
    confirmation = proxied_bus.publish([message(2)])
    with pytest.raises(BrokerUnavailableError, match="confirm"):
        confirmation.wait(0.2)
    late = proxied_bus.publish([message(3)])
    with pytest.raises(BrokerUnavailableError):
        late.wait(0.2)
    proxy.resume()
    with pytest.raises(BrokerUnavailableError):
        confirmation.wait(0.0)


def test_a_late_confirm_does_not_count_for_another_message(proxied_bus: Bus, bus: Bus, proxy: TcpProxy) -> None:
    proxied_bus.publish([message(1)]).wait(SOON)
    proxy.stall()
    with pytest.raises(BrokerUnavailableError):
        proxied_bus.publish([message(2)]).wait(0.2)
    refused = proxied_bus.publish([message(3, to="missing")])
    proxy.resume()
    with pytest.raises(UnroutableError, match='"missing"'):
        refused.wait(SOON)


def test_a_publication_in_flight_fails_when_the_connection_is_lost(proxied_bus: Bus, proxy: TcpProxy) -> None:
    proxied_bus.publish([message(1)]).wait(SOON)
    proxy.stall()
    confirmation = proxied_bus.publish([message(2)])
    eventually(lambda: not confirmation.done)
    proxy.cut()
    proxy.resume()
    with pytest.raises(BrokerUnavailableError, match="lost"):
        confirmation.wait(SOON)


def test_a_subscription_waits_for_its_queue(vhost_url: str) -> None:
    bus = open_bus(vhost_url, "test")
    subscription = bus.subscribe(PLACED, prefetch=5)
    assert subscription.receive(1, timeout=0.3) == []
    bus.declare(TOPOLOGY)
    bus.publish([message()]).wait(SOON)
    assert len(receive_all(subscription, 1)) == 1
    bus.close()


def test_a_subscription_consumes_again_after_its_queue_was_deleted(bus: Bus, vhost_url: str) -> None:
    subscription = bus.subscribe(PLACED, prefetch=5)
    bus.publish([message(1)]).wait(SOON)
    receive_all(subscription, 1)
    connection = pika.BlockingConnection(pika.URLParameters(vhost_url))
    connection.channel().queue_delete(PLACED)
    connection.close()
    # Declared again within milliseconds, a queue of RabbitMQ 3.10 keeps the old consumer and delivers nothing to it.
    assert subscription.receive(1, timeout=0.5) == []
    bus.declare(TOPOLOGY)
    bus.publish([message(2)]).wait(SOON)
    assert ids(receive_all(subscription, 1)) == ["m-2"]


def test_a_pause_that_ends_while_the_channel_reopens_makes_one_consumer(
    proxied_bus: Bus, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscription = proxied_bus.subscribe(PLACED, prefetch=5)
    proxied_bus.publish([message(1)]).wait(SOON)
    subscription.ack(receive_all(subscription, 1))
    prefetch, consume = Channel.basic_qos, Channel.basic_consume
    consumers: list[str] = []
    ready = Event()

    def pause_and_resume(channel: Channel, prefetch_count: int, callback: Callable[[object], None]) -> None:
        def answered(frame: object) -> None:
            callback(frame)
            ready.set()

        prefetch(channel, prefetch_count=prefetch_count, callback=answered)
        subscription.pause()
        subscription.resume()

    def count_consumer(channel: Channel, queue: str, *args: object, **more: object) -> str:
        consumers.append(queue)
        return str(consume(channel, queue, *args, **more))

    monkeypatch.setattr(Channel, "basic_qos", pause_and_resume)
    monkeypatch.setattr(Channel, "basic_consume", count_consumer)
    proxy.cut()
    assert ready.wait(SOON)
    assert consumers == [PLACED]


def test_a_subscription_takes_no_messages_again_while_its_listener_handles_lost_ones(
    proxied_bus: Bus, bus: Bus, proxy: TcpProxy
) -> None:
    subscription = proxied_bus.subscribe(PLACED, prefetch=10)
    bus.publish([message(number) for number in range(3)]).wait(SOON)
    handled = receive_all(subscription, 2)
    eventually(lambda: bus.message_count(PLACED) == 0)
    for _ in range(3):
        proxy.cut()
        eventually(lambda: bus.message_count(PLACED) == 3)
        _publish_until_confirmed(proxied_bus, message(9, "order.shipped"))  # it is connected again
    subscription.ack(handled)
    again = receive_all(subscription, 3)
    assert [delivery.delivery_count for delivery in again] == [1, 1, 1]


def test_publishing_to_a_missing_exchange_names_the_remedy(vhost_url: str) -> None:
    bus = open_bus(vhost_url, "test")
    with pytest.raises(BrokerUnavailableError, match="crossdock topology apply"):
        bus.publish([message(1)]).wait(SOON)
    bus.declare(TOPOLOGY)
    bus.publish([message(2)]).wait(SOON)
    assert bus.message_count(PLACED) == 1
    bus.close()


def test_the_next_host_is_tried(bus: Bus, vhost_url: str) -> None:
    failover_bus = open_bus(f"{CLOSED_PORT};{vhost_url}", "test")
    failover_bus.publish([message()]).wait(SOON)
    assert failover_bus.message_count(PLACED) == 1
    failover_bus.close()
    publisher = KombuPublisher(f"{CLOSED_PORT};{vhost_url}")
    publisher.publish([message(2)])
    publisher.close()
    assert bus.message_count(PLACED) == 2


def test_a_wrong_password_is_reported_without_the_password(vhost_url: str) -> None:
    bus = open_bus(vhost_url.replace(":guest@", ":not-the-password@"), "test")
    with pytest.raises(BrokerUnavailableError, match="refuses this user") as caught:
        bus.publish([message()]).wait(SOON)
    assert "not-the-password" not in str(caught.value)
    bus.close()


def test_a_missing_virtual_host_is_reported(vhost_url: str) -> None:
    bus = open_bus(f"{vhost_url}-not", "test")
    with pytest.raises(BrokerUnavailableError, match="virtual host"):
        bus.message_count(PLACED)
    bus.close()


def _publish_until_confirmed(bus: Bus, outgoing: Message) -> None:
    """Publish until it is confirmed, as every caller must after the connection was lost."""

    def published() -> bool:
        try:
            bus.publish([outgoing]).wait(SOON)
        except BrokerUnavailableError:
            return False
        return True

    eventually(published)


REQUESTS: list[Callable[[Bus], object]] = [
    lambda bus: bus.publish([message()]).wait(SOON),
    lambda bus: bus.message_count(PLACED),
    lambda bus: bus.declare(TOPOLOGY),
    lambda bus: bus.check(Topology(TOPOLOGY.exchanges[:1], (), ())),
]


@pytest.mark.parametrize("send_request", REQUESTS)
def test_an_unreachable_broker_is_unavailable(send_request: Callable[[Bus], object]) -> None:
    bus = open_bus(CLOSED_PORT, "test")
    with pytest.raises(BrokerUnavailableError, match=r"127\.0\.0\.1:1"):
        send_request(bus)
    bus.close()
    with pytest.raises(BrokerUnavailableError, match="closed"):
        send_request(bus)


def test_an_unreachable_broker_is_unavailable_to_kombu_too() -> None:
    publisher = KombuPublisher(CLOSED_PORT)
    with pytest.raises(BrokerUnavailableError, match=r"127\.0\.0\.1:1"):
        publisher.publish([message()])
    publisher.close()


def test_receive_from_an_unreachable_broker_returns_nothing() -> None:
    bus = open_bus(CLOSED_PORT, "test")
    subscription = bus.subscribe(PLACED, prefetch=5)
    assert subscription.receive(1, timeout=0.1) == []
    subscription.close()
    bus.close()


def test_a_bus_that_was_never_used_opens_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        open_bus(f"amqp://guest:guest@127.0.0.1:{server.getsockname()[1]}/", "test").close()
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def _pika_errors() -> list[type[Exception]]:
    kinds = [kind for _, kind in inspect.getmembers(pika.exceptions, inspect.isclass)]
    return sorted((kind for kind in kinds if issubclass(kind, Exception)), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", _pika_errors())
def test_every_exception_of_pika_has_a_text_of_our_own(kind: type[Exception]) -> None:
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    needed = [p for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    error = kind(*([404, "gone"] if len(needed) == 2 else [[]] * len(needed)))
    text = describe_error(error)
    assert text
    assert kind.__name__ not in text
