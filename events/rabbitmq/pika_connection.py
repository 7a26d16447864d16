"""pika's connection with a larger read buffer, batched writes, and tolerance of undecodable properties.

pika reads 4 KiB at a time and writes each frame by itself, three for a message. Every such call releases Python's
lock, and a consumer that is busy in another thread returns it as late as 5 ms after. Plain deliveries and publications,
which nearly all messages are, take a way of their own (`plain_frames`), every other frame takes pika's.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pika import SelectConnection, spec
from pika.channel import Channel
from pika.frame import Frame, Header
from pika.spec import BasicProperties

from events.amqp import OutgoingMessage
from events.rabbitmq import plain_frames
from events.rabbitmq.plain_frames import FRAME, PlainDelivery

READ_BYTES = 64 * 1024

BODY_SIZE = struct.Struct(">Q")
BODY_SIZE_OFFSET = FRAME.size + 4
"""The body's size follows the frame's prefix and two short numbers (AMQP 0-9-1, 4.2.6.1)."""


class BufferedConnection(SelectConnection):  # type: ignore[misc]  # pika ships no types
    """Writes all frames sent within `corked` with one call, and reads as much as the socket has.

    Properties that pika cannot decode (a year 300,000, tables nested a thousand deep) count as absent. pika answers
    them by closing the connection; the broker then delivers the same message again, for ever.
    """

    _corked: list[bytes] | None = None
    _frame_buffer: bytes

    @contextmanager
    def corked(self) -> Iterator[None]:
        """Buffer the frames that are sent within the block, and write them at its end."""
        self._corked = []
        try:
            yield
        finally:
            data, self._corked = b"".join(self._corked), None
            if data:
                self._adapter_emit_data(data)
                self._transport._on_socket_writable()  # noqa: SLF001 - at once, not after one more turn of the loop

    def _adapter_emit_data(self, data: bytes) -> None:
        if self._corked is None:
            super()._adapter_emit_data(data)
        else:
            self._corked.append(data)

    def _proto_connection_made(self, transport: Any) -> None:
        transport._MAX_RECV_BYTES = READ_BYTES  # noqa: SLF001 - pika has no setting for it
        super()._proto_connection_made(transport)

    def publish(self, channel: Channel, message: OutgoingMessage) -> None:
        """Publish a message on one of the connection's channels, as the channel's `basic_publish` does."""
        frames = plain_frames.publication(message, channel.channel_number, self._body_max_length)
        if frames is None or not channel.is_open:
            properties = BasicProperties(**message.properties)
            channel.basic_publish(message.exchange, message.key, message.body, properties, message.mandatory)
        else:
            self.frames_sent += 3
            self.bytes_sent += len(frames)
            self._adapter_emit_data(frames)

    def _on_data_available(self, data_in: bytes) -> None:
        """Take all frames that are complete, those of a plain delivery together; the rest waits for more data."""
        data, position = self._frame_buffer + data_in, 0
        try:
            while True:
                delivery = plain_frames.read_delivery(data, position)
                end = delivery.end if delivery else _frame_end(data, position)
                if not end:
                    break
                begun, position = position, end
                if delivery is None or not self._deliver(delivery):
                    self._take_by_pika(data[begun:position])
                else:
                    self.bytes_received += position - begun
        finally:
            self._frame_buffer = data[position:]

    def _deliver(self, delivery: PlainDelivery) -> bool:
        """Call the consumer of a delivery; return whether there is one that wants it."""
        channel = self._channels.get(delivery.channel)
        if channel is None or delivery.consumer_tag in channel._cancelled:  # noqa: SLF001 - as pika's channel does
            return False
        consumer = channel._consumers.get(delivery.consumer_tag)  # noqa: SLF001
        if consumer is None:
            return False
        self.frames_received += 3
        consumer(channel, delivery, delivery, delivery.body)
        return True

    def _take_by_pika(self, frames: bytes) -> None:
        """Have pika take whole frames. Alone: for each one it copies the rest of its buffer."""
        self._frame_buffer = b""
        super()._on_data_available(frames)

    def _read_frame(self) -> tuple[int, Frame | None]:
        try:
            frame: tuple[int, Frame | None] = super()._read_frame()
        except Exception:
            kind, channel, size = FRAME.unpack_from(self._frame_buffer)
            if kind != spec.FRAME_HEADER:
                raise
            (body_size,) = BODY_SIZE.unpack_from(self._frame_buffer, BODY_SIZE_OFFSET)
            length = FRAME.size + size + spec.FRAME_END_SIZE
            return length, Header(channel, body_size, BasicProperties())
        return frame


def _frame_end(data: bytes, start: int) -> int:
    """Return where the frame that begins at *start* ends, 0 while it is incomplete, or the delivery that it begins."""
    if len(data) - start < FRAME.size + spec.FRAME_END_SIZE:
        return 0
    if data.startswith(b"AMQP", start):  # the header of a broker that speaks another version
        return len(data)
    _, _, size = FRAME.unpack_from(data, start)
    end: int = start + FRAME.size + size + spec.FRAME_END_SIZE
    return end if end <= len(data) and not plain_frames.is_cut_off(data, start) else 0
