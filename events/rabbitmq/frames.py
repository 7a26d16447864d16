"""pika's connection, made to survive what strangers write into a message's properties."""

import struct

from pika import spec
from pika.frame import Frame, Header
from pika.spec import BasicProperties

from events.rabbitmq.pika_connection import StreamConnection

PREFIX = struct.Struct(">BHL")
BODY_SIZE = struct.Struct(">Q")
SIZE_AT = PREFIX.size + 4
"""The body's size follows the frame's own head and two short numbers (AMQP 0-9-1, 4.2.6.1)."""


class TolerantConnection(StreamConnection):
    """Takes properties that pika cannot decode (a year 300,000, tables nested a thousand deep) as absent.

    pika answers them by cutting the connection; the broker then delivers the same message again, for ever.
    """

    def _read_frame(self) -> tuple[int, Frame | None]:
        try:
            found: tuple[int, Frame | None] = super()._read_frame()
        except Exception:
            kind, channel, size = PREFIX.unpack_from(self._frame_buffer)
            if kind != spec.FRAME_HEADER:
                raise
            (body_size,) = BODY_SIZE.unpack_from(self._frame_buffer, SIZE_AT)
            length = PREFIX.size + size + spec.FRAME_END_SIZE
            return length, Header(channel, body_size, BasicProperties())
        return found
