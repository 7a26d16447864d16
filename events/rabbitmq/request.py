"""One question to RabbitMQ, on a short-lived channel of its own."""

from collections.abc import Callable
from concurrent.futures import Future

from pika import SelectConnection
from pika.channel import Channel
from pika.exceptions import ChannelClosed
from pika.frame import Method

from events.errors import BrokerUnavailableError
from events.rabbitmq.connection import RabbitConnection

WITHIN = 15.0
"""Seconds for an answer; making a quorum queue on a busy cluster takes several."""

Answer = Callable[[Method], None]
Question = Callable[[Channel, Answer], object]


class RefusedError(Exception):
    """The broker answered with an error. Does not leave this folder."""

    def __init__(self, code: int, text: str) -> None:
        """Keep the AMQP reply code and text."""
        super().__init__(text)
        self.code = code
        self.text = text


class ChannelRequest:
    """Puts the question as soon as there is a connection, and keeps the answer."""

    def __init__(self, question: Question) -> None:
        """Take the question with you."""
        self._question = question
        self.answer: Future[Method] = Future()

    def on_open(self, connection: SelectConnection) -> None:
        """Open the channel."""
        connection.channel(on_open_callback=self._on_channel)

    def on_lost(self, problem: str) -> None:
        """Come back without an answer."""
        self._fail(BrokerUnavailableError(problem))

    def _on_channel(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._on_close)
        self._question(channel, lambda frame: self._on_answer(channel, frame))

    def _on_answer(self, channel: Channel, frame: Method) -> None:
        if not self.answer.done():
            self.answer.set_result(frame)
        channel.close()

    def _on_close(self, _channel: Channel, reason: BaseException) -> None:
        if isinstance(reason, ChannelClosed):
            self._fail(RefusedError(reason.reply_code, reason.reply_text))

    def _fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


def request(connection: RabbitConnection, question: Question) -> Method:
    """Return the broker's answer.

    Raises RefusedError when it answered with an error, BrokerUnavailableError when it could not be asked.
    """
    if connection.closed:
        raise BrokerUnavailableError("RabbitMQ cannot be asked any more: the bus was closed.")
    errand = ChannelRequest(question)
    connection.attach(errand)
    try:
        return errand.answer.result(WITHIN)
    except TimeoutError:
        raise BrokerUnavailableError(f"RabbitMQ did not answer within {WITHIN:g} s.") from None
    finally:
        connection.call(lambda: connection.leave(errand))
