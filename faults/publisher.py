"""A voice: says things to the broker by plain pika, and writes down what it tried and what was confirmed."""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError

from events.amqp import APP_ID
from faults.environment import Place
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
    """What became of one body."""

    publication: Publication
    attempted: int = 0
    confirmed: list[datetime] = field(default_factory=list)


def sent_of(records: Mapping[bytes, Record]) -> tuple[Sent, ...]:
    """Return what was tried and confirmed, as the checker wants it."""
    return tuple(
        Sent(
            digest,
            one.publication.heard,
            one.attempted,
            tuple(one.confirmed),
            one.publication.routing_key,
            poison=one.publication.payload is None,
            letters=_letters(one.publication),
        )
        for digest, one in list(records.items())
    )


def _letters(publication: Publication) -> frozenset[str]:
    """Return the identities of the letters that a message may be set aside in."""
    if publication.heard is None:
        return frozenset()
    message, told = Message("", publication.routing_key, publication.body), publication.payload
    own = letter_for(publication.heard[0], message, "").identity
    if not isinstance(told, CommerceShipped):
        return frozenset([own])
    return frozenset([own, parcel_identity((told.store_id, told.amazon_order_id), told.shipment_id)])


class Publisher:
    """A connection of upstream's, made anew after any trouble."""

    def __init__(self, place: Place) -> None:
        """Connect at the first publication."""
        self._place = place
        self._connection: pika.BlockingConnection | None = None
        self._channel: BlockingChannel | None = None

    def publish(self, one: Publication, headers: dict[str, object] | None = None) -> bool:
        """Publish, and tell whether the broker confirmed; if not it may have come through all the same.

        With *headers* it is what Crossdock said itself, and comes again.
        """
        try:
            channel = self._channel or self._open()
            properties = pika.BasicProperties(
                delivery_mode=2, headers={**one.headers, **(headers or {})}, app_id=APP_ID if headers else None
            )
            channel.basic_publish("crossdock.events", one.routing_key, one.body, properties)
        except FAILURES:
            self.close()
            return False
        return True

    def close(self) -> None:
        """End the connection."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and connection.is_open:
            with suppress(*FAILURES):
                connection.close()

    def _open(self) -> BlockingChannel:
        self._connection = self._place.connect()
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()
        return self._channel


class Voice:
    """Says a thing until it is confirmed, as an upstream with an outbox of its own does. For any thread."""

    def __init__(self, place: Place) -> None:
        """Connect at the first word."""
        self.records: dict[bytes, Record] = {}
        self._publisher = Publisher(place)
        self._silent = threading.Event()
        self._speaking = threading.Lock()

    def say(self, one: Publication, headers: dict[str, object] | None = None) -> None:
        """Publish until it is confirmed, or this voice is silenced."""
        record = self.records.setdefault(one.digest, Record(one))
        while not self._silent.is_set():
            with self._speaking:
                record.attempted += 1
                if self._publisher.publish(one, headers):
                    record.confirmed.append(datetime.now(UTC))
                    return
            time.sleep(0.2)

    def sent(self) -> tuple[Sent, ...]:
        """Return what was tried and confirmed."""
        return sent_of(self.records)

    def silence(self) -> None:
        """Say no more."""
        self._silent.set()
        self._publisher.close()
