"""Publishers of plain pika that record their attempts and the broker's confirms."""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import SimpleQueue

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError

from events.topology import exchange_of
from faults.accounts import publisher_of
from faults.environment import Environment
from faults.history import Sent
from faults.plan import Publication
from pipeline.parsing import letter_for
from schemas.dead_letters import parcel_identity
from schemas.message import Message
from schemas.payloads import CommerceShipped

FAILURES = (AMQPError, AMQPConnectorException, OSError, AssertionError)
"""An assertion of pika's own fails when a connection is reset while it writes (1.4.4)."""


@dataclass(slots=True)
class Record:
    """The attempts to publish one body, and the instants of their confirms."""

    publication: Publication
    attempted: int = 0
    confirmed: list[datetime] = field(default_factory=list)


def sent_of(records: Mapping[bytes, Record]) -> tuple[Sent, ...]:
    """Return the publications with attempts and confirms, as the checker reads them."""
    return tuple(
        Sent(
            digest,
            record.publication.delivery,
            record.attempted,
            tuple(record.confirmed),
            record.publication.routing_key,
            poison=record.publication.payload is None,
            letters=_letters(record.publication),
        )
        for digest, record in list(records.items())
    )


def _letters(publication: Publication) -> frozenset[str]:
    """Return the identities of the dead letters that a message may end in."""
    if publication.delivery is None:
        return frozenset()
    message, payload = Message("", publication.routing_key, publication.body), publication.payload
    own = letter_for(publication.delivery[0], message, "").identity
    if not isinstance(payload, CommerceShipped):
        return frozenset([own])
    return frozenset([own, parcel_identity((payload.store_id, payload.amazon_order_id), payload.shipment_id)])


class PublisherConnection:
    """Connections of the accounts that publish, each opened when it is needed, and again after any failure."""

    def __init__(self, environment: Environment) -> None:
        """Connect at the first publication."""
        self._environment = environment
        self._connections: dict[str | None, pika.BlockingConnection] = {}
        self._channels: dict[str | None, BlockingChannel] = {}

    def publish(self, publication: Publication, headers: dict[str, object] | None = None) -> bool:
        """Publish; return whether the broker confirmed. Unconfirmed messages may have arrived all the same."""
        try:
            self.send(publication, headers)
        except FAILURES:
            self.close()
            return False
        return True

    def send(self, publication: Publication, headers: dict[str, object] | None = None) -> None:
        """Publish, and wait for the broker's confirm. Raises one of FAILURES without it.

        With *headers* the message carries Crossdock's own headers, as a republished one does.
        """
        role = publication.role or publisher_of(publication.routing_key, with_headers=bool(headers))
        exchange = exchange_of(publication.routing_key)
        channel = self._channels.get(role) or self._open(role)
        properties = pika.BasicProperties(
            delivery_mode=2,
            headers={**publication.headers, **(headers or {})},
            user_id=self._environment.user(role) if headers or publication.role else None,
        )
        channel.basic_publish(exchange, publication.routing_key, publication.body, properties)

    def close(self) -> None:
        """Close the connections."""
        connections, self._connections, self._channels = self._connections, {}, {}
        for connection in connections.values():
            if connection.is_open:
                with suppress(*FAILURES):
                    connection.close()

    def _open(self, role: str | None) -> BlockingChannel:
        self._connections[role] = self._environment.connect(role)
        channel = self._channels[role] = self._connections[role].channel()
        channel.confirm_delivery()
        return channel


class Publisher:
    """Publishes until confirmed, as an upstream with an outbox does. Thread-safe."""

    def __init__(self, environment: Environment, connections: int = 1) -> None:
        """Connect at the first publication; publish so many at a time, each on a connection of its own."""
        self.records: dict[bytes, Record] = {}
        self._connections: SimpleQueue[PublisherConnection] = SimpleQueue()
        for _ in range(connections):
            self._connections.put(PublisherConnection(environment))
        self._closed = threading.Event()
        self._lock = threading.Lock()

    def publish_until_confirmed(self, publication: Publication, headers: dict[str, object] | None = None) -> None:
        """Publish until the broker confirms, or the publisher is closed."""
        record = self.records.setdefault(publication.digest, Record(publication))
        while not self._closed.is_set():
            with self._lock:
                record.attempted += 1
            if self._publish(publication, headers):
                record.confirmed.append(datetime.now(UTC))
                return
            time.sleep(0.2)

    def _publish(self, publication: Publication, headers: dict[str, object] | None) -> bool:
        connection = self._connections.get()
        try:
            return connection.publish(publication, headers)
        finally:
            self._connections.put(connection)

    def sent(self) -> tuple[Sent, ...]:
        """Return the publications with attempts and confirms."""
        return sent_of(self.records)

    def close(self) -> None:
        """Publish nothing more."""
        self._closed.set()
        for _ in range(self._connections.qsize()):
            connection = self._connections.get()
            connection.close()
            self._connections.put(connection)  # a thread may wait for one
