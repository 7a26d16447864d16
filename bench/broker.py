"""The benchmark's own client of the broker: declares, fills, reads and deletes queues."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pika
from pika.exceptions import ChannelClosedByBroker

from bench.errors import BenchError

QUORUM = {"x-queue-type": "quorum"}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message as it goes over the wire."""

    exchange: str
    key: str
    body: bytes
    properties: pika.BasicProperties


class Broker:
    """A connection for one thread."""

    def __init__(self, url: str) -> None:
        """Connect. Without heartbeats: long measurements do not answer them."""
        parameters = pika.URLParameters(url)
        parameters.heartbeat = 0
        self._connection = pika.BlockingConnection(parameters)
        self._channel = self._connection.channel()

    def publish(self, parcels: Iterable[Parcel]) -> None:
        """Publish without confirms; `depth` counts the messages that have arrived."""
        for parcel in parcels:
            self._channel.basic_publish(parcel.exchange, parcel.key, parcel.body, parcel.properties)

    def ensure(self, queue: str) -> None:
        """Declare a quorum queue, unless a contender has declared it already."""
        if self.depth(queue) is None:
            self._channel.queue_declare(queue, durable=True, arguments=QUORUM)

    def bind(self, queue: str, exchange: str, key: str) -> None:
        """Bind a queue to an exchange by event name."""
        self._channel.queue_bind(queue, exchange, key)

    def depth(self, queue: str) -> int | None:
        """Return the messages ready in a queue, or None when there is no such queue."""
        try:
            return int(self._channel.queue_declare(queue, passive=True).method.message_count)
        except ChannelClosedByBroker:
            self._channel = self._connection.channel()
            return None

    def wait_for_depth(self, queue: str, messages: int, seconds: float = 30.0) -> None:
        """Wait until a queue has this number of messages."""
        for _ in range(int(seconds / 0.05)):
            if self.depth(queue) == messages:
                return
            self._connection.sleep(0.05)
        raise BenchError(f'The queue "{queue}" holds {self.depth(queue)} messages instead of {messages}.')

    def first(self, queue: str) -> tuple[pika.BasicProperties, bytes]:
        """Get and acknowledge the first message of a queue."""
        self.wait_for_depth(queue, 1)
        _, properties, body = self._channel.basic_get(queue, auto_ack=True)
        return properties, body

    def remove(self, queues: Iterable[str], exchanges: Iterable[str]) -> None:
        """Delete queues and exchanges, if they exist."""
        for queue in queues:
            self._channel.queue_delete(queue)
        for exchange in exchanges:
            self._channel.exchange_delete(exchange)

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()


def with_headers(properties: pika.BasicProperties, headers: dict[str, Any], **changed: Any) -> pika.BasicProperties:
    """Return properties with other headers and other values."""
    names = ("content_type", "content_encoding", "delivery_mode", "priority", "correlation_id", "reply_to", "type")
    kept = {name: getattr(properties, name) for name in names}
    return pika.BasicProperties(**(kept | {"headers": headers} | changed))
