"""Plain messages on the wire of AMQP 0-9-1, read and written in one pass; pika takes each apart in three frames.

A plain message is a method, a header without a table, and one frame with the whole body. `publication` and
`read_delivery` return None for any other message, which goes pika's ordinary way, and for one that has not arrived in
full: that waits for the rest where it may be plain (`is_cut_off`).
"""

from collections.abc import Iterable
from functools import lru_cache
from struct import Struct, error
from typing import Any, NamedTuple

from pika.spec import FRAME_BODY, FRAME_END, FRAME_END_SIZE, FRAME_HEADER, FRAME_METHOD, Basic, BasicProperties

from events.amqp import OutgoingMessage
from events.cloud_event import HARD_LIMIT

FRAME = Struct(">BHL")
"""The beginning of every frame: its type, channel and size (AMQP 0-9-1, 4.2.3). An octet ends it."""
_AROUND = FRAME.size + FRAME_END_SIZE
_METHOD = Struct(">BHLL")
_HEADER = Struct(">BHLHHQH")
_PUBLISH = Struct(">BHLLH")
_TAG = Struct(">QB")
_TIMESTAMP = Struct(">Q")
_END = bytes([FRAME_END])
_BASIC: int = Basic.INDEX
_DELIVER: int = Basic.Deliver.INDEX
_EMPTY_TABLE = bytes(4)
_BROKEN = (error, IndexError, UnicodeDecodeError)
"""The errors of reading a message that is cut off, or has texts that are none in UTF-8."""

_FLAGS = {
    name: getattr(BasicProperties, f"FLAG_{name.upper()}")
    for name in (
        *("content_type", "content_encoding", "headers", "delivery_mode", "priority", "correlation_id", "reply_to"),
        *("expiration", "message_id", "timestamp", "type", "user_id", "app_id", "cluster_id"),
    )
}
"""The flag of each property, in the order in which they stand on the wire."""
_WIDTHS = {"headers": len(_EMPTY_TABLE), "delivery_mode": 1, "priority": 1, "timestamp": _TIMESTAMP.size}
"""The bytes of each property that is no short string. A table of more is not plain."""
_NOTHING_READ: dict[str, str | int | None] = dict.fromkeys(
    ("correlation_id", "message_id", "type", "user_id", "timestamp")
)
"""The properties that `events.amqp.delivery_of` reads, as PlainDelivery has them; of the headers it reads nothing."""


class PlainDelivery(NamedTuple):
    """The fields of a delivery that Crossdock reads, by pika's names; it stands for both method and properties."""

    channel: int
    consumer_tag: str
    delivery_tag: int
    redelivered: bool
    routing_key: str
    body: bytes
    end: int
    """The position of the next frame."""
    correlation_id: str | None = None
    message_id: str | None = None
    type: str | None = None
    user_id: str | None = None
    timestamp: int | None = None

    @property
    def headers(self) -> None:
        """None: an empty table means the same, and another one is not plain."""


def read_delivery(data: bytes, start: int) -> PlainDelivery | None:
    """Read the delivery whose first frame begins at *start*."""
    try:
        kind, channel, size, method = _METHOD.unpack_from(data, start)
        if kind != FRAME_METHOD or method != _DELIVER:
            return None
        header = start + _AROUND + size
        kind, channel_again, size, class_id, _, body_size, flags = _HEADER.unpack_from(data, header)
        body = header + _AROUND + size
        frames = (kind, channel_again, class_id, *FRAME.unpack_from(data, body))
        end = body + _AROUND + body_size
        if frames != (FRAME_HEADER, channel, _BASIC, FRAME_BODY, channel, body_size) or body_size > HARD_LIMIT:
            return None
        if not data[header - 1] == data[body - 1] == data[end - 1] == FRAME_END:
            return None
        properties = _properties(data, header + _HEADER.size, body - 1, flags)
        if properties is None:
            return None
        consumer_tag, position = _short_string(data, start + _METHOD.size)
        tag, bits = _TAG.unpack_from(data, position)
        position += _TAG.size
        key, position = _short_string(data, position + 1 + data[position])  # after the exchange's name
    except _BROKEN:
        return None
    content = data[body + FRAME.size : end - 1]
    return PlainDelivery(channel, consumer_tag, tag, bits & 1 == 1, key, content, end, *properties)


def is_cut_off(data: bytes, start: int) -> bool:
    """Whether a delivery begins at *start* that may be plain, and whose last frames have not arrived in full."""
    rest = len(data) - start
    if rest < _METHOD.size:
        return False
    kind, _, size, method = _METHOD.unpack_from(data, start)
    if kind != FRAME_METHOD or method != _DELIVER:
        return False
    header = _AROUND + size
    if rest < header + _HEADER.size:
        return True
    kind, _, size, _, _, body_size, _ = _HEADER.unpack_from(data, start + header)
    body = header + _AROUND + size
    if kind != FRAME_HEADER or not 0 < body_size <= HARD_LIMIT:  # there is no frame to wait for of an empty body
        return False
    if rest < body + FRAME.size:
        return True
    _, _, size = FRAME.unpack_from(data, start + body)
    return bool(size == body_size) and rest < body + _AROUND + size


def _properties(data: bytes, position: int, end: int, flags: int) -> Iterable[Any] | None:
    """Return the properties from *position* to *end*, as `_NOTHING_READ` has them; None where they are not plain."""
    properties = _NOTHING_READ.copy()
    for name, width in _present(flags):
        if not width:
            start, position = position + 1, position + 1 + data[position]
            if name in properties:
                properties[name] = data[start:position].decode()
            continue
        if name == "headers" and data[position : position + width] != _EMPTY_TABLE:
            return None
        if name == "timestamp":
            (properties[name],) = _TIMESTAMP.unpack_from(data, position)
        position += width
    return properties.values() if position == end and not flags & 1 else None  # 1: more flags follow


@lru_cache(maxsize=256)
def _present(flags: int) -> tuple[tuple[str, int], ...]:
    """Return the properties with these flags, each with its width, 0 for a short string."""
    return tuple((name, _WIDTHS.get(name, 0)) for name, flag in _FLAGS.items() if flags & flag)


def _short_string(data: bytes, position: int) -> tuple[str, int]:
    """Return the text at a position, and the position after it."""
    end = position + 1 + data[position]
    return data[position + 1 : end].decode(), end


def publication(message: OutgoingMessage, channel: int, max_body: int) -> bytes | None:
    """Return the frames that publish a message on a channel, with a body of at most *max_body* bytes in one frame."""
    size = len(message.body)
    if not 0 < size <= max_body or message.properties["headers"]:
        return None
    flags, values = 0, []
    for name, flag in _FLAGS.items():
        value = message.properties.get(name)
        if value is not None:
            flags |= flag
            values.append(_encoded(name, value))
    properties = b"".join(values)
    header = _HEADER.pack(
        FRAME_HEADER, channel, _HEADER.size - FRAME.size + len(properties), Basic.INDEX, 0, size, flags
    )
    method = _publish_frame(channel, message.exchange, message.key, message.mandatory)
    return b"".join((method, header, properties, _END, FRAME.pack(FRAME_BODY, channel, size), message.body, _END))


def _encoded(name: str, value: object) -> bytes:
    if isinstance(value, int):
        return _TIMESTAMP.pack(value) if name == "timestamp" else bytes((value,))
    encoded = str(value).encode()
    return bytes((len(encoded),)) + encoded


@lru_cache(maxsize=1024)
def _publish_frame(channel: int, exchange: str, key: str, mandatory: bool) -> bytes:
    arguments = _encoded("exchange", exchange) + _encoded("routing_key", key) + bytes((mandatory,))
    size = _PUBLISH.size - FRAME.size + len(arguments)
    return _PUBLISH.pack(FRAME_METHOD, channel, size, Basic.Publish.INDEX, 0) + arguments + _END
