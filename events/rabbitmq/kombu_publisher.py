"""Publishing through kombu, as upstream systems in Python do. `crossdock publish` uses it."""

import ssl
from collections.abc import Sequence
from urllib.parse import quote

from amqp.exceptions import MessageNacked
from kombu.connection import Connection
from kombu.messaging import Producer
from kombu.transport.pyamqp import Transport

from events.amqp import properties_of, route_of
from events.errors import BrokerUnavailableError
from events.rabbitmq.url import Address, addresses_of, encrypted_addresses_of
from events.topology import EVENTS
from schemas.message import Message

CONFIRM_TIMEOUT = 10.0
CONNECT_TIMEOUT = 5.0

FAILURES = (*Transport.connection_errors, *Transport.channel_errors)


class KombuPublisher:
    """Publishes to the event exchange, with one confirm per message. For one thread."""

    def __init__(self, url: str, *, allow_unencrypted: bool = False) -> None:
        """Parse an `amqp://` or `amqps://` URL. Raises SettingsError as `open_bus` does."""
        self._addresses = addresses_of(url) if allow_unencrypted else encrypted_addresses_of(url)
        self._connection: Connection | None = None

    def publish(self, messages: Sequence[Message]) -> None:
        """Publish messages, in order, by name, and return when the broker has confirmed them all.

        Raises BrokerUnavailableError when the broker cannot be reached, refuses, or does not confirm within 10 seconds;
        messages before the failure are published. Raises UnpublishableMessageError, before any is published, when AMQP
        cannot carry a name or a size.
        """
        for message in messages:
            route_of(message)
        connection = self._connection = self._connection or _connect(self._addresses)
        try:
            producer = Producer(connection.default_channel)
            for message in messages:
                _publish(producer, message, self._addresses[0].user)
        except MessageNacked:
            raise BrokerUnavailableError(
                f"RabbitMQ refused the event {message.name} with the id {message.id!r}: a queue that takes it is full."
                " The events before it are published; publish the others again later."
            ) from None
        except FAILURES as error:
            # On this channel a late confirm would count for the next message.
            self._connection = None
            connection.collect()
            raise BrokerUnavailableError(f"RabbitMQ did not confirm the messages: {error or 'no answer'}.") from None

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.release()


def _publish(producer: Producer, message: Message, account: str) -> None:
    producer.publish(
        message.body,
        exchange=EVENTS,
        routing_key=message.name,
        content_encoding="utf-8",
        confirm_timeout=CONFIRM_TIMEOUT,
        **properties_of(message, account),
    )


def _connect(addresses: Sequence[Address]) -> Connection:
    """Return a connection to the first host that answers.

    Without kombu's own failover: it would check the second host's certificate against the first host's name.
    """
    problems = []
    for address in addresses:
        connection = Connection(
            _url(address),
            ssl=_tls(address),
            connect_timeout=CONNECT_TIMEOUT,
            transport_options={"confirm_publish": True},
        )
        try:
            connection.ensure_connection(
                max_retries=1, interval_start=0, interval_step=0, reraise_as_library_errors=False
            )
            return connection
        except FAILURES as error:
            connection.collect()
            problems.append(f"{address.display} ({error or 'no answer'})")
    raise BrokerUnavailableError(f"RabbitMQ cannot be reached: {', '.join(problems)}.")


def _url(address: Address) -> str:
    user, password, vhost = (quote(part, safe="") for part in (address.user, address.password, address.vhost))
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"amqp://{user}:{password}@{host}:{address.port}/{vhost}"


def _tls(address: Address) -> dict[str, object] | bool:
    """Return py-amqp's TLS options; without a host name it would not check the one in the certificate."""
    tls = address.tls
    if tls is None:
        return False
    files: dict[str, object] = {"ca_certs": tls.cacertfile, "certfile": tls.certfile, "keyfile": tls.keyfile}
    if not tls.verify:
        return {**files, "cert_reqs": ssl.CERT_NONE}
    return {**files, "cert_reqs": ssl.CERT_REQUIRED, "server_hostname": address.host}
