"""Publisher confirms: the channel that matches the broker's answers to messages, and the confirmation of a publication.

Several publications may be in flight on one channel, and one answer may be for several of them.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence

from pika.channel import Channel
from pika.frame import Method
from pika.spec import Basic, BasicProperties

from events.amqp import OutgoingMessage
from events.errors import BrokerUnavailableError, MessagesRefusedError, UnconfirmedError, UnroutableError


class RabbitConfirmation:
    """Done when the broker answered for every message, or when it no longer can."""

    def __init__(self, messages: int, on_timeout: Callable[["RabbitConfirmation"], None]) -> None:
        """Expect answers to a number of messages; *on_timeout* is called when `wait` ends without them."""
        self._messages = messages
        self._unanswered = messages
        self._on_timeout = on_timeout
        self.first_tag = 0
        """The delivery tag of the first message, once it is published."""
        self._refused: list[int] = []
        self._missing_queues: list[str] = []
        self._unroutable: list[int] = []
        self._error: BrokerUnavailableError | UnroutableError | None = None
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._callback: Callable[[], None] | None = None
        if not messages:
            self._done.set()

    @property
    def done(self) -> bool:
        """Whether `wait` would return or raise at once."""
        return self._done.is_set()

    def add_done_callback(self, callback: Callable[[], None]) -> None:
        """Have *callback* called once it is done, in the connection's thread; at once if it is."""
        with self._lock:
            self._callback = None if self.done else callback
        if self._callback is None:
            callback()

    def wait(self, timeout: float) -> None:
        """Return once all messages are confirmed; see `events.bus.Confirmation`."""
        if not self._done.wait(timeout):
            self._on_timeout(self)
            self._finish(
                UnconfirmedError(
                    f"RabbitMQ did not confirm {self._messages} messages in time"
                    " (it may be blocked by a memory or disk alarm): publish them again, repeats are harmless."
                )
            )
        if self._error is not None:
            raise self._error

    def count_answers(self, messages: int) -> None:
        """Count answers of the broker. For the connection's thread."""
        self._unanswered -= messages
        if self._unanswered <= 0:
            self._finish(self._result())

    def add_refused(self, tag: int) -> None:
        """Note that the broker refused a message. For the connection's thread, as are all that note."""
        self._refused.append(tag - self.first_tag)

    def add_missing_queue(self, tag: int, queue: str) -> None:
        """Note that a queue does not exist; the broker confirms the returned message afterwards all the same."""
        self._missing_queues.append(queue)
        self._unroutable.append(tag - self.first_tag)

    def fail(self, problem: str, kind: type[BrokerUnavailableError] = BrokerUnavailableError) -> None:
        """Raise an error of this *kind* from `wait`, unless the broker has answered for all messages."""
        self._finish(kind(problem))

    def _result(self) -> BrokerUnavailableError | UnroutableError | None:
        if self._refused:
            return MessagesRefusedError(
                f"RabbitMQ refused {len(self._refused)} of {self._messages} messages, probably because a queue that"
                " takes them is full: publish them again later.",
                [*self._refused, *self._unroutable],
            )
        if self._missing_queues:
            missing = self._missing_queues
            return UnroutableError(
                f'The queue "{missing[0]}" does not exist, so {len(missing)} of {self._messages} messages'
                " could not be delivered: run `crossdock topology apply`."
            )
        return None

    def _finish(self, error: BrokerUnavailableError | UnroutableError | None) -> None:
        with self._lock:
            if self._done.is_set():
                return
            self._error = error
            self._done.set()
            callback = self._callback
        if callback is not None:
            callback()


class ConfirmChannel:
    """Counts delivery tags as the broker does. An answer to an earlier channel can reach its ConfirmChannel only."""

    def __init__(self, channel: Channel) -> None:
        """Wrap a channel on which `confirm_delivery` was just accepted."""
        self.channel = channel
        self._next_tag = 1
        self._lowest_unanswered = 1
        self._in_flight: dict[int, RabbitConfirmation] = {}
        self._mandatory: dict[int, tuple[str, object]] = {}

    def publish(self, messages: Sequence[OutgoingMessage], confirmation: RabbitConfirmation) -> None:
        """Publish messages with one write to the socket; the answers go to the confirmation."""
        confirmation.first_tag = self._next_tag
        with self.channel.connection.corked():
            for message in messages:
                self._in_flight[self._next_tag] = confirmation
                if message.mandatory:
                    self._mandatory[self._next_tag] = (message.key, message.properties["message_id"])
                self._next_tag += 1
                self.channel.connection.publish(self.channel, message)

    def is_in_flight(self, confirmation: RabbitConfirmation) -> bool:
        """Whether answers for a confirmation are still to come."""
        return confirmation in self._in_flight.values()

    def on_answer(self, frame: Method) -> None:
        """Count an ack or a nack, for one message or for all up to it."""
        answer = frame.method
        refused = isinstance(answer, Basic.Nack)
        first = self._lowest_unanswered if answer.multiple else answer.delivery_tag
        answered: Counter[RabbitConfirmation] = Counter()
        for tag in range(first, answer.delivery_tag + 1):
            self._mandatory.pop(tag, None)
            confirmation = self._in_flight.pop(tag, None)
            if confirmation is not None:
                answered[confirmation] += 1
                if refused:
                    confirmation.add_refused(tag)
        if first == self._lowest_unanswered:
            self._lowest_unanswered = max(first, answer.delivery_tag + 1)
        for confirmation, messages in answered.items():
            confirmation.count_answers(messages)

    def on_return(self, _channel: Channel, method: Basic.Return, properties: BasicProperties, _body: bytes) -> None:
        """Find the returned message: the broker sends its key and id, not its tag, and confirms it next."""
        returned = (method.routing_key, properties.message_id)
        tag = next((tag for tag, key_and_id in self._mandatory.items() if key_and_id == returned), None)
        if tag is not None:
            del self._mandatory[tag]
            self._in_flight[tag].add_missing_queue(tag, method.routing_key)

    def fail(self, problem: str, kind: type[BrokerUnavailableError]) -> None:
        """Fail every publication in flight, with an error of this *kind*."""
        confirmations = set(self._in_flight.values())
        self._in_flight.clear()
        self._mandatory.clear()
        for confirmation in confirmations:
            confirmation.fail(problem, kind)
