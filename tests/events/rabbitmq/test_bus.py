"""RabbitMQ keeps the bus's promises, and those that only a broker can be asked for."""

import pytest
from pika.adapters.base_connection import BaseConnection
from pika.channel import Channel

from events.bus import Bus
from events.errors import BrokerUnavailableError
from events.topology import DELIVERY_LIMIT, EVENTS, Queue, Topology, dead_letter_queue
from tests.events.bus_contract import PLACED, SOON, BusContract, drain, eventually, ids, message


class TestRabbitMqBus(BusContract):
    """All promises, and those of RabbitMQ alone."""

    def test_it_can_do_everything(self, bus: Bus) -> None:
        assert bus.features.survives_crash
        assert bus.features.other_processes

    def test_a_message_that_is_given_back_too_often_ends_in_the_safety_net(self, bus: Bus) -> None:
        bus.publish([message(1), message(2)]).wait(SOON)
        subscription = bus.subscribe(PLACED, prefetch=1)
        given_back = 0
        while given_back <= DELIVERY_LIMIT:
            (delivery,) = drain(subscription, 1)
            if delivery.message.id == "m-1":
                subscription.requeue([delivery])
                given_back += 1
            else:
                subscription.ack([delivery])
        (buried,) = drain(bus.subscribe(dead_letter_queue(PLACED), prefetch=1), 1)
        assert buried.message == message(1)

    def test_what_the_broker_refuses_is_counted_and_unavailable(self, bus: Bus) -> None:
        full = Queue("full", {"x-max-length": 1, "x-overflow": "reject-publish"})
        bus.declare(Topology((), (full,), ()))
        bus.publish([message(1, to="full")]).wait(SOON)
        with pytest.raises(BrokerUnavailableError, match="refused 2 of 3"):
            bus.publish([message(2, to="full"), message(3), message(4, to="full")]).wait(SOON)
        assert ids(drain(bus.subscribe(PLACED, prefetch=5), 1)) == ["m-3"]


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
    subscription.ack(held)
    subscription.close()
    assert words == [size]
    assert bus.message_count(PLACED) == 0


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
    eventually(lambda: bus.message_count(PLACED) == size + 1)
