"""Messages of foreign publishers by plain AMQP are read, with properties of any kind."""

import json
import struct

import pika
import pytest
from kombu.connection import Connection
from kombu.messaging import Producer

from events.bus import Bus
from events.envelope import decode
from events.rabbitmq.kombu_publisher import KombuPublisher
from events.topology import EVENTS
from schemas.message import UNKNOWN, Message
from tests.events.bus_contract import SOON, eventually, message, receive_all
from tests.events.declared import PLACED
from tests.events.samples import placed


def publish_by_pika(url: str, body: bytes, properties: pika.BasicProperties) -> None:
    """Publish by pika alone, without any code of Crossdock's."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    connection.channel().basic_publish(EVENTS, "order.placed", body, properties)
    connection.close()


def test_a_message_of_a_plain_pika_publisher_is_read(bus: Bus, vhost_url: str) -> None:
    publish_by_pika(vhost_url, json.dumps(placed()).encode(), pika.BasicProperties())
    (delivery,) = receive_all(bus.subscribe(PLACED, prefetch=5), 1)
    assert (delivery.message.id, delivery.message.name) == ("", "order.placed")
    assert decode(delivery.message).name == "order.placed"


def test_a_message_of_a_plain_kombu_publisher_is_read(bus: Bus, vhost_url: str) -> None:
    with Connection(vhost_url) as connection:
        producer = Producer(connection.default_channel)
        producer.publish(placed(), exchange=EVENTS, routing_key="order.placed", serializer="json")
    (delivery,) = receive_all(bus.subscribe(PLACED, prefetch=5), 1)
    assert decode(delivery.message).name == "order.placed"


def test_a_message_of_crossdock_publish_is_received_unchanged(bus: Bus, vhost_url: str) -> None:
    sent = Message(id="m-1", name="order.placed", body=json.dumps(placed()).encode(), headers={"epoch": 1})
    publisher = KombuPublisher(vhost_url)
    publisher.publish([sent])
    publisher.close()
    (delivery,) = receive_all(bus.subscribe(PLACED, prefetch=5), 1)
    assert delivery.message == sent


@pytest.mark.parametrize(
    "properties",
    [
        pika.BasicProperties(message_id=b"\xff\xfe", type=b"\xff", correlation_id="\x00"),
        pika.BasicProperties(
            headers={"epoch": "x" * 70_000, "attempt": [1, {"deep": None}], "other": b"\xff"}, app_id="crossdock"
        ),
        pika.BasicProperties(
            headers={"epoch": True, "x-delivery-count": "many", "x-death": "often"}, app_id="crossdock"
        ),
        pika.BasicProperties(headers={"epoch": 2147483647, "attempt": 9, "replay": "mine"}, app_id="erp"),
    ],
)
def test_invalid_properties_count_as_absent(bus: Bus, vhost_url: str, properties: pika.BasicProperties) -> None:
    publish_by_pika(vhost_url, b"body", properties)
    (delivery,) = receive_all(bus.subscribe(PLACED, prefetch=5), 1)
    assert delivery.message == Message(id="", name="order.placed", body=b"body", headers={"publisher": UNKNOWN})
    assert delivery.delivery_count == 0


@pytest.mark.parametrize("malformed", ["a year out of range", "a table nested two thousand deep"])
def test_properties_that_pika_cannot_decode_count_as_absent(
    bus: Bus, vhost_url: str, malformed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscription = bus.subscribe(PLACED, prefetch=5)
    table = {
        "a year out of range": b"\x01aT" + struct.pack(">Q", 2**62),
        "a table nested two thousand deep": _nested(2000),
    }[malformed]
    with monkeypatch.context() as patch:
        patch.setattr(pika.BasicProperties, "encode", lambda _: [struct.pack(">HI", 1 << 13, len(table)), table])
        publish_by_pika(vhost_url, b"malformed", pika.BasicProperties())
    bus.publish([message(2)]).wait(SOON)
    first, second = receive_all(subscription, 2)
    assert (first.message.body, first.delivery_count) == (b"malformed", 0)
    assert second.message.id == "m-2"
    subscription.ack([first, second])
    subscription.close()
    eventually(lambda: bus.message_count(PLACED) == 0)


def _nested(depth: int) -> bytes:
    table = b""
    for _ in range(depth):
        table = b"\x01aF" + struct.pack(">I", len(table)) + table
    return table
