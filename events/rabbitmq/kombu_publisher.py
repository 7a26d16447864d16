"""Publishing through kombu, as an upstream system in Python would: what `crossdock publish` does."""

import ssl
from collections.abc import Sequence
from urllib.parse import quote

from kombu.connection import Connection
from kombu.messaging import Producer
from kombu.transport.pyamqp import Transport

from events.amqp import properties_of, route_of
from events.errors import BrokerUnavailableError
from events.rabbitmq.url import Address, addresses_of
from events.topology import EVENTS
from schemas.message import Message

CONFIRM_SECONDS = 10.0
CONNECT_SECONDS = 5.0

FAILURES = (*Transport.connection_errors, *Transport.channel_errors)


class KombuPublisher:
    """Publishes to the event exchange, one confirm a message. For one thread."""

    def __init__(self, url: str) -> None:
        """Take an `amqp://` or `amqps://` URL. Raises SettingsError when it is wrong."""
        self._addresses = addresses_of(url)
        self._connection: Connection | None = None

    def publish(self, messages: Sequence[Message]) -> None:
        """Send messages, in order, by name, and return when the broker has them all.

        Raises BrokerUnavailableError when it is away, refuses, or does not confirm within 10 seconds; what came before
        the failure was sent. Raises UnsendableMessageError when AMQP cannot carry a name or a size.
        """
        for message in messages:
            route_of(message)
        connection = self._connection = self._connection or _connect(self._addresses)
        try:
            producer = Producer(connection.default_channel)
            for message in messages:
                _send(producer, message)
        except FAILURES as error:
            # On this channel a late confirm would be taken for that of the next message.
            self._connection = None
            connection.collect()
            raise BrokerUnavailableError(f"RabbitMQ did not take the messages: {error or 'no answer'}.") from None

    def close(self) -> None:
        """End the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.release()


def _send(producer: Producer, message: Message) -> None:
    producer.publish(
        message.body,
        exchange=EVENTS,
        routing_key=message.name,
        content_encoding="utf-8",
        confirm_timeout=CONFIRM_SECONDS,
        **properties_of(message),
    )


def _connect(addresses: Sequence[Address]) -> Connection:
    """Return a connection to the first host that answers.

    Not by kombu's own change of hosts: it would check the second's certificate against the first's name.
    """
    problems = []
    for address in addresses:
        connection = Connection(
            _url(address),
            ssl=_tls(address),
            connect_timeout=CONNECT_SECONDS,
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
    """Return what py-amqp makes a context of; without a host name it would not check the certificate's."""
    tls = address.tls
    if tls is None:
        return False
    files: dict[str, object] = {"ca_certs": tls.cacertfile, "certfile": tls.certfile, "keyfile": tls.keyfile}
    if not tls.verify:
        return {**files, "cert_reqs": ssl.CERT_NONE}
    return {**files, "cert_reqs": ssl.CERT_REQUIRED, "server_hostname": address.host}
