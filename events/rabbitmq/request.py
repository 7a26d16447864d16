"""One request to RabbitMQ and its response, on a short-lived channel of its own."""

from collections.abc import Callable
from concurrent.futures import Future

from pika import SelectConnection
from pika.channel import Channel
from pika.exceptions import ChannelClosed
from pika.frame import Method

from events.errors import BrokerUnavailableError
from events.rabbitmq.connection import RabbitConnection

RESPONSE_TIMEOUT = 15.0
"""Seconds; creating a quorum queue on a busy cluster takes several."""

OnResponse = Callable[[Method], None]
Request = Callable[[Channel, OnResponse], object]


class RefusedError(Exception):
    """The broker answered with an error. Does not leave this folder."""

    def __init__(self, code: int, text: str) -> None:
        """Keep the AMQP reply code and text."""
        super().__init__(text)
        self.code = code
        self.text = text


class ChannelRequest:
    """Sends a request as soon as the connection is open; `response` is its Future."""

    def __init__(self, send: Request) -> None:
        """Keep the function that sends the request on a channel."""
        self._send = send
        self.response: Future[Method] = Future()

    def on_open(self, connection: SelectConnection) -> None:
        """Open the channel."""
        connection.channel(on_open_callback=self._on_channel)

    def on_lost(self, problem: str) -> None:
        """Fail the request."""
        self._fail(BrokerUnavailableError(problem))

    def _on_channel(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._on_close)
        self._send(channel, lambda frame: self._on_response(channel, frame))

    def _on_response(self, channel: Channel, frame: Method) -> None:
        if not self.response.done():
            self.response.set_result(frame)
        channel.close()

    def _on_close(self, _channel: Channel, reason: BaseException) -> None:
        if isinstance(reason, ChannelClosed):
            self._fail(RefusedError(reason.reply_code, reason.reply_text))

    def _fail(self, error: Exception) -> None:
        if not self.response.done():
            self.response.set_exception(error)


def request(connection: RabbitConnection, send: Request, timeout: float = RESPONSE_TIMEOUT) -> Method:
    """Send a request and return the broker's response.

    Raises RefusedError when the broker answered with an error, BrokerUnavailableError when it could not be reached, or
    did not answer in time.
    """
    if connection.closed:
        raise BrokerUnavailableError("The bus is closed and sends RabbitMQ no more requests.")
    pending = ChannelRequest(send)
    connection.add_listener(pending)
    try:
        return pending.response.result(timeout)
    except TimeoutError:
        raise BrokerUnavailableError(f"RabbitMQ did not answer within {timeout:g} s.") from None
    finally:
        connection.call_threadsafe(lambda: connection.remove_listener(pending))
