"""The bus contract on RabbitMQ, and the promises of a broker alone."""

from contextlib import closing

import pytest
from pika.adapters.base_connection import BaseConnection
from pika.channel import Channel

from events.bus import Bus
from events.errors import BrokerUnavailableError, MessagesRefusedError
from events.rabbitmq.kombu_publisher import KombuPublisher
from events.topology import DELIVERY_LIMIT, EVENTS, Binding, Queue, Topology, dead_letter_queue
from tests.events.bus_contract import SOON, BusContract, eventually, ids, message, receive_all
from tests.events.declared import PLACED


class TestRabbitMqBus(BusContract):
    """The bus contract, and the promises of RabbitMQ alone."""

    def test_it_has_every_feature(self, bus: Bus) -> None:
        assert bus.features.survives_crash
        assert bus.features.other_processes

    def test_a_message_that_is_requeued_too_often_is_dead_lettered(self, bus: Bus) -> None:
        bus.publish([message(1), message(2)]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=1)
        requeued = 0
        while requeued <= DELIVERY_LIMIT:
            (delivery,) = receive_all(subscription, 1)
            if delivery.message.id == "m-1":
                subscription.requeue([delivery])
                requeued += 1
            else:
                subscription.ack([delivery])
        (dead_letter,) = receive_all(bus.subscribe(dead_letter_queue(PLACED), prefetch=1), 1)
        assert dead_letter.message == message(1)

    def test_messages_that_the_broker_refuses_are_counted(self, bus: Bus) -> None:
        full = Queue("full", {"x-max-length": 1, "x-overflow": "reject-publish"})
        bus.declare(Topology((), (full,), ()))
        bus.publish([message(1, to="full")]).wait(SOON)
        with pytest.raises(MessagesRefusedError, match="refused 2 of 3") as caught:
            bus.publish([message(2, to="full"), message(3), message(4, to="full")]).wait(SOON)
        assert caught.value.positions == (0, 2)
        assert ids(receive_all(bus.subscribe(PLACED, prefetch=5), 1)) == ["m-3"]
        with pytest.raises(MessagesRefusedError) as caught:
            bus.publish([message(5), message(6, to="missing"), message(7), message(8, to="full")]).wait(SOON)
        assert caught.value.positions == (1, 3)

    def test_an_event_that_the_broker_refuses_is_named_by_the_publisher_of_upstream_systems(
        self, bus: Bus, vhost_url: str
    ) -> None:
        full = Queue("full", {"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"})
        bus.declare(Topology((), (full,), (Binding(EVENTS, "order.shipped", "full"),)))
        with closing(KombuPublisher(vhost_url)) as publisher:
            # A quorum queue refuses messages some time after its limit is reached.
            with pytest.raises(BrokerUnavailableError, match=r"refused the event order\.shipped with the id 'm-"):
                publisher.publish([message(number, "order.shipped") for number in range(1000)])
            publisher.publish([message(1)])
        assert ids(receive_all(bus.subscribe(PLACED, prefetch=5), 1)) == ["m-1"]


@pytest.mark.usefixtures("by_pika")
class TestRabbitMqBusByPika(TestRabbitMqBus):
    """The same by pika's ordinary way, which messages take that are not plain."""


@pytest.mark.parametrize("size", [1, 10, 100])
def test_a_batch_is_acknowledged_with_one_frame(bus: Bus, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tags: list[int] = []
    acknowledge = Channel.basic_ack

    def count_ack(channel: Channel, delivery_tag: int = 0, multiple: bool = False) -> None:
        tags.append(delivery_tag)
        acknowledge(channel, delivery_tag, multiple)

    monkeypatch.setattr(Channel, "basic_ack", count_ack)
    bus.publish([message() for _ in range(size)]).wait(SOON)
    subscription = bus.subscribe(PLACED, size)
    deliveries = receive_all(subscription, size)
    subscription.ack(deliveries)
    subscription.close()
    assert tags == [size]
    assert bus.message_count(PLACED) == 0


@pytest.mark.parametrize("size", [1, 10, 100])
def test_a_batch_is_published_with_one_write(bus: Bus, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bus.publish([message()]).wait(SOON)  # opens the connection
    written: list[bytes] = []
    write = BaseConnection._adapter_emit_data

    def count_write(connection: BaseConnection, data: bytes) -> None:
        written.extend([data] if EVENTS.encode() in data else [])  # heartbeats are written, too
        write(connection, data)

    monkeypatch.setattr(BaseConnection, "_adapter_emit_data", count_write)
    bus.publish([message() for _ in range(size)]).wait(SOON)
    assert len(written) == 1
    eventually(lambda: bus.message_count(PLACED) == size + 1)
