"""Publishing to RabbitMQ: many messages in flight, confirmed in the background."""

from collections import deque
from collections.abc import Sequence

from pika import SelectConnection
from pika.channel import Channel
from pika.exceptions import ChannelClosed

from events.amqp import OutgoingMessage
from events.errors import BrokerUnavailableError
from events.rabbitmq.confirms import ConfirmChannel, RabbitConfirmation
from events.rabbitmq.connection import RabbitConnection
from events.rabbitmq.error_text import describe_error

NOT_FOUND = 404


class RabbitPublisher:
    """Sends in order. What comes while there is no channel, or while the broker is blocked, waits for it."""

    def __init__(self, connection: RabbitConnection) -> None:
        """Live on a connection that nobody consumes from: an alarm stops reading from it altogether."""
        self._home = connection
        self._connection: SelectConnection | None = None
        self._lane: ConfirmChannel | None = None
        self._blocked = False
        self._waiting: deque[tuple[Sequence[OutgoingMessage], RabbitConfirmation]] = deque()
        connection.attach(self)

    def publish(self, letters: Sequence[OutgoingMessage]) -> RabbitConfirmation:
        """Hand over the whole list at once. For any thread. Raises BrokerUnavailableError after `close`."""
        if self._home.closed:
            raise BrokerUnavailableError("Nothing can be published any more: the bus was closed.")
        receipt = RabbitConfirmation(len(letters), self._abandon)
        self._home.call(lambda: self._take(letters, receipt))
        return receipt

    def on_open(self, connection: SelectConnection) -> None:
        """Open a channel on a new connection."""
        self._connection = connection
        self._blocked = False
        connection.add_on_connection_blocked_callback(lambda *_: self._block(blocked=True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._block(blocked=False))
        connection.channel(on_open_callback=self._on_channel)

    def on_lost(self, problem: str) -> None:
        """Fail all that was sent or waits: who published decides when to try again."""
        self._connection = None
        self._drop_lane(problem)
        while self._waiting:
            self._waiting.popleft()[1].fail(problem)

    def _take(self, letters: Sequence[OutgoingMessage], receipt: RabbitConfirmation) -> None:
        self._waiting.append((letters, receipt))
        self._send()

    def _send(self) -> None:
        while self._lane is not None and not self._blocked and self._waiting:
            self._lane.send(*self._waiting.popleft())

    def _block(self, *, blocked: bool) -> None:
        self._blocked = blocked
        self._send()

    def _on_channel(self, channel: Channel) -> None:
        lane = ConfirmChannel(channel)
        channel.add_on_close_callback(self._on_channel_close)
        channel.add_on_return_callback(lane.on_return)
        channel.confirm_delivery(lane.on_answer, callback=lambda _: self._begin(lane))

    def _begin(self, lane: ConfirmChannel) -> None:
        self._lane = lane
        self._send()

    def _on_channel_close(self, channel: Channel, reason: BaseException) -> None:
        """Answer a refusal, such as an unknown exchange, with a new channel. A lost connection comes by `lost`."""
        if self._lane is None or self._lane.channel is not channel or not isinstance(reason, ChannelClosed):
            return
        remedy = " Run `crossdock topology apply`." if reason.reply_code == NOT_FOUND else ""
        self._begin_anew(f"RabbitMQ closed the channel: {describe_error(reason)}.{remedy}")

    def _abandon(self, receipt: RabbitConfirmation) -> None:
        self._home.call(lambda: self._forget(receipt))

    def _forget(self, receipt: RabbitConfirmation) -> None:
        """Take back what was not sent. What was sent ends its channel: a late answer must not meet a later question."""
        self._waiting = deque(entry for entry in self._waiting if entry[1] is not receipt)
        if self._lane is not None and self._lane.holds(receipt):
            channel = self._lane.channel
            self._begin_anew("The channel was given up, because another publication on it was not confirmed in time.")
            if channel.is_open:
                channel.close()

    def _begin_anew(self, problem: str) -> None:
        self._drop_lane(problem)
        if self._connection is not None and self._connection.is_open:
            self._connection.channel(on_open_callback=self._on_channel)

    def _drop_lane(self, problem: str) -> None:
        lane, self._lane = self._lane, None
        if lane is not None:
            lane.fail(problem)
