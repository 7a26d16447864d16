"""Plain frames are pika's, byte for byte; others are left to pika, and no bytes make the reader raise."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pika import BasicProperties
from pika.frame import Body, Header, Heartbeat, Method, decode_frame
from pika.spec import Basic

from events.amqp import OutgoingMessage, delivery_of, to_amqp
from events.bus import Bus
from events.open_bus import open_bus
from events.rabbitmq import plain_frames
from events.rabbitmq.plain_frames import PlainDelivery, is_cut_off, publication, read_delivery
from schemas.message import Message
from tests.events.bus_contract import SOON, message, receive_all
from tests.events.declared import PLACED
from tests.events.tcp_proxy import TcpProxy

MAX_BODY = 131_064
"""Bytes of a body in one frame, by RabbitMQ's default."""

texts = st.text(st.characters(codec="utf-8"), max_size=60)
octets = st.integers(0, 255)
properties = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("content_type", "content_encoding", "correlation_id", "reply_to", "expiration"), texts),
        **dict.fromkeys(("message_id", "type", "user_id", "app_id", "cluster_id"), texts),
        "delivery_mode": octets,
        "priority": octets,
        "timestamp": st.integers(0, 2**40),
    },
)


def delivered(fields: dict[str, Any], body: bytes, channel: int = 1) -> bytes:
    """Return a delivery as a broker sends it, by pika."""
    deliver = Basic.Deliver("ctag1.x", 2**40 + 7, redelivered=True, exchange="crossdock.events", routing_key="é" * 9)
    frames = [Method(channel, deliver), Header(channel, len(body), BasicProperties(**fields))]
    return b"".join(frame.marshal() for frame in [*frames, *([Body(channel, body)] if body else [])])


def decoded_by_pika(data: bytes) -> tuple[Any, Any, Any]:
    """Return the three frames of a delivery."""
    parts = []
    while data:
        end, frame = decode_frame(data)
        parts.append(frame)
        data = data[end:]
    method, header, body = parts
    return method, header, body


def by_pika(data: bytes) -> dict[str, Any]:
    """Return pika's own reading of a delivery."""
    method, header, body = decoded_by_pika(data)
    names = ("correlation_id", "message_id", "type", "user_id", "timestamp")
    of_method = {name: getattr(method.method, name) for name in ("consumer_tag", "delivery_tag", "routing_key")}
    return {
        **of_method,
        "redelivered": method.method.redelivered,
        "channel": method.channel_number,
        "body": body.fragment,
        **{name: getattr(header.properties, name) for name in names},
    }


@given(fields=properties, body=st.binary(min_size=1, max_size=300), before=st.binary(max_size=20))
def test_a_plain_delivery_is_read_as_pika_reads_it(fields: dict[str, Any], body: bytes, before: bytes) -> None:
    data = delivered(fields, body, channel=300)
    read = read_delivery(before + data + b"the next frame", len(before))
    assert read is not None
    assert read.end == len(before) + len(data)
    assert read._asdict() == {**by_pika(data), "end": read.end}


@given(fields=properties)
def test_a_delivery_is_built_of_plain_frames_as_of_pikas(fields: dict[str, Any]) -> None:
    data = delivered(fields, b"body")
    read, (method, header, body) = read_delivery(data, 0), decoded_by_pika(data)
    plain = delivery_of(1, read, read, b"body", {"guest"})
    assert plain == delivery_of(1, method.method, header.properties, body.fragment, {"guest"})


@given(fields=properties, body=st.binary(min_size=1, max_size=30))
def test_a_delivery_that_is_cut_off_anywhere_is_left(fields: dict[str, Any], body: bytes) -> None:
    data = delivered(fields, body)
    assert not any(read_delivery(data[:end], 0) for end in range(len(data)))
    known_as_one = len(Heartbeat().marshal()) + 4  # a frame's prefix and the method's two numbers
    assert [is_cut_off(b"before" + data[:end], 6) for end in range(known_as_one, len(data) + 1)] == [
        *[True] * (len(data) - known_as_one),
        False,
    ]


@given(fields=properties)
def test_nobody_waits_for_the_body_frame_of_an_empty_body(fields: dict[str, Any]) -> None:
    assert not is_cut_off(delivered(fields, b""), 0)


DELIVER = Method(1, Basic.Deliver("", 1, False, "", "")).marshal()
CANCEL = Method(1, Basic.Cancel("ctag1.xxxxxxxxxxxxxxx")).marshal()


@pytest.mark.parametrize("frames", [Heartbeat().marshal(), CANCEL, b"", DELIVER + CANCEL])
def test_frames_of_other_kinds_are_not_cut_off_deliveries(frames: bytes) -> None:
    assert not is_cut_off(frames, 0)


@given(st.data())
def test_a_broken_delivery_is_left_or_read_and_never_raises(data: st.DataObject) -> None:
    broken = bytearray(delivered(data.draw(properties), data.draw(st.binary(min_size=1, max_size=30))))
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(octets)
    read = read_delivery(bytes(broken), 0)
    assert read is None or read.end == len(broken)


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"headers": {"x-delivery-count": 1}}, b"a table"),
        ({"message_id": b"\xff"}, b"no text"),
        ({}, b""),
        ({}, b"x" * (1024 * 1024 + 1)),
    ],
)
def test_a_delivery_that_is_not_plain_is_left(fields: dict[str, Any], body: bytes) -> None:
    assert read_delivery(delivered(fields, body), 0) is None
    assert not is_cut_off(delivered(fields, body), 0)


def test_a_body_in_two_frames_is_left() -> None:
    whole = delivered({}, b"1234")
    data = whole[: -len(Body(1, b"1234").marshal())] + Body(1, b"12").marshal()
    assert not is_cut_off(data, 0)
    assert read_delivery(data + Body(1, b"34").marshal(), 0) is None


def test_an_empty_table_is_plain() -> None:
    assert read_delivery(delivered({"headers": {}}, b"x"), 0) is not None


def frames_of_pika(outgoing: OutgoingMessage, channel: int) -> bytes:
    """Return pika's own frames of a message whose body fits into one frame."""
    publish = Basic.Publish(exchange=outgoing.exchange, routing_key=outgoing.key, mandatory=outgoing.mandatory)
    header = Header(channel, len(outgoing.body), BasicProperties(**outgoing.properties))
    return b"".join(frame.marshal() for frame in (Method(channel, publish), header, Body(channel, outgoing.body)))


@given(
    texts, st.text(min_size=1, max_size=60), texts, st.binary(min_size=1, max_size=300), st.sampled_from([None, PLACED])
)
def test_a_publication_has_pikas_bytes(message_id: str, name: str, order_id: str, body: bytes, to: str | None) -> None:
    outgoing = to_amqp(Message(message_id, name, body, order_id, to), "an account")
    assert publication(outgoing, 7, MAX_BODY) == frames_of_pika(outgoing, 7)


@pytest.mark.parametrize(
    "changes",
    [{"body": b""}, {"body": b"x" * (MAX_BODY + 1)}, {"headers": {"epoch": 1}}],
    ids=["empty", "long", "table"],
)
def test_a_publication_that_is_not_plain_is_left(changes: dict[str, Any]) -> None:
    assert publication(to_amqp(message()._replace(**changes), "guest"), 1, MAX_BODY) is None


@pytest.fixture
def pieces_bus(vhost_url: str, bus: Bus) -> Iterator[Bus]:
    """A second bus on the same virtual host, to which data comes in pieces of 97 bytes."""
    parts = urlsplit(vhost_url)
    with closing(TcpProxy(parts.hostname or "", parts.port or 5672, piece=97)) as proxy:
        cut_bus = open_bus(vhost_url.replace(f":{parts.port}/", f":{proxy.port}/"), "pieces")
        yield cut_bus
        cut_bus.close()


def test_messages_of_every_kind_arrive_in_their_order_however_their_frames_are_cut(bus: Bus, pieces_bus: Bus) -> None:
    sent = [
        message(number)._replace(body=b"x" * size) for number, size in enumerate((1, 99, 0, 1024, 300_000, 1, 5000))
    ]
    sent += [message(7)._replace(headers={"epoch": 1}), message(8)]
    subscription = pieces_bus.subscribe(PLACED, prefetch=50)
    bus.publish(sent).wait(SOON)
    received = receive_all(subscription, len(sent))
    assert [delivery.message for delivery in received] == sent
    subscription.ack(received)
    subscription.close()
    assert bus.message_count(PLACED) == 0


def test_ordinary_messages_take_the_plain_way(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    plain: list[PlainDelivery | bytes | None] = []

    def note_results(name: str) -> None:
        original = getattr(plain_frames, name)

        def noted(*args: Any) -> Any:
            plain.append(original(*args))
            return plain[-1]

        monkeypatch.setattr(plain_frames, name, noted)

    note_results("read_delivery")
    note_results("publication")
    bus.publish([message(number) for number in range(100)]).wait(SOON)
    receive_all(bus.subscribe(PLACED, prefetch=100), 100)
    assert sum(isinstance(one, bytes) for one in plain) == 100
    assert sum(isinstance(one, PlainDelivery) for one in plain) == 100
