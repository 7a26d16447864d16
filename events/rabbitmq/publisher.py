"""Publishing to RabbitMQ: many messages in flight, confirmed in the background."""

from collections import deque
from collections.abc import Sequence

from pika import SelectConnection
from pika.channel import Channel
from pika.exceptions import ChannelClosed

from events.amqp import OutgoingMessage
from events.errors import BrokerUnavailableError, PublicationForbiddenError
from events.rabbitmq.confirms import ConfirmChannel, RabbitConfirmation
from events.rabbitmq.connection import RabbitConnection
from events.rabbitmq.error_text import ACCESS_REFUSED, describe_error

NOT_FOUND = 404


class RabbitPublisher:
    """Publishes in order. Messages are queued while no channel is open, and while the broker blocks the connection.

    `publish` is for any thread; all other methods run in the connection's thread.
    """

    def __init__(self, connection: RabbitConnection) -> None:
        """Use a publish-only connection: a memory alarm stops reads from it, acknowledgements included."""
        self._connection = connection
        self._pika_connection: SelectConnection | None = None
        self._channel: ConfirmChannel | None = None
        self._blocked = False
        self._queued: deque[tuple[Sequence[OutgoingMessage], RabbitConfirmation]] = deque()
        connection.add_listener(self)

    def publish(self, messages: Sequence[OutgoingMessage]) -> RabbitConfirmation:
        """Queue all messages at once. Raises BrokerUnavailableError after the connection was closed."""
        if self._connection.closed:
            raise BrokerUnavailableError("The bus is closed and publishes no more messages.")
        confirmation = RabbitConfirmation(len(messages), self._on_timeout)
        self._connection.call_threadsafe(lambda: self._enqueue(messages, confirmation))
        return confirmation

    def on_open(self, connection: SelectConnection) -> None:
        """Open a channel on a new connection."""
        self._pika_connection = connection
        self._blocked = False
        connection.add_on_connection_blocked_callback(lambda *_: self._set_blocked(blocked=True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._set_blocked(blocked=False))
        connection.channel(on_open_callback=self._on_channel)

    def on_lost(self, problem: str) -> None:
        """Fail every publication, in flight or queued: the caller decides when to publish again."""
        self._pika_connection = None
        self._fail_channel(problem)
        while self._queued:
            self._queued.popleft()[1].fail(problem)

    def _enqueue(self, messages: Sequence[OutgoingMessage], confirmation: RabbitConfirmation) -> None:
        self._queued.append((messages, confirmation))
        self._publish_queued()

    def _publish_queued(self) -> None:
        while self._channel is not None and not self._blocked and self._queued:
            self._channel.publish(*self._queued.popleft())

    def _set_blocked(self, *, blocked: bool) -> None:
        self._blocked = blocked
        self._publish_queued()

    def _on_channel(self, channel: Channel) -> None:
        confirm_channel = ConfirmChannel(channel)
        channel.add_on_close_callback(self._on_channel_close)
        channel.add_on_return_callback(confirm_channel.on_return)
        channel.confirm_delivery(confirm_channel.on_answer, callback=lambda _: self._on_confirm_mode(confirm_channel))

    def _on_confirm_mode(self, channel: ConfirmChannel) -> None:
        self._channel = channel
        self._publish_queued()

    def _on_channel_close(self, channel: Channel, reason: BaseException) -> None:
        """Replace a channel that the broker closed, as for an unknown exchange. Lost connections come by `on_lost`."""
        if self._channel is None or self._channel.channel is not channel or not isinstance(reason, ChannelClosed):
            return
        remedy = " Run `crossdock topology apply`." if reason.reply_code == NOT_FOUND else ""
        forbidden = reason.reply_code == ACCESS_REFUSED
        self._replace_channel(
            f"RabbitMQ closed the channel: {describe_error(reason)}.{remedy}",
            PublicationForbiddenError if forbidden else BrokerUnavailableError,
        )

    def _on_timeout(self, confirmation: RabbitConfirmation) -> None:
        self._connection.call_threadsafe(lambda: self._cancel(confirmation))

    def _cancel(self, confirmation: RabbitConfirmation) -> None:
        """Remove a queued publication. One in flight ends its channel: a late answer must not count for a later one."""
        self._queued = deque(entry for entry in self._queued if entry[1] is not confirmation)
        if self._channel is not None and self._channel.is_in_flight(confirmation):
            channel = self._channel.channel
            self._replace_channel("The channel was closed because another publication on it was not confirmed in time.")
            if channel.is_open:
                channel.close()

    def _replace_channel(self, problem: str, kind: type[BrokerUnavailableError] = BrokerUnavailableError) -> None:
        self._fail_channel(problem, kind)
        if self._pika_connection is not None and self._pika_connection.is_open:
            self._pika_connection.channel(on_open_callback=self._on_channel)

    def _fail_channel(self, problem: str, kind: type[BrokerUnavailableError] = BrokerUnavailableError) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.fail(problem, kind)
