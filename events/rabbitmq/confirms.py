"""The receipt of one publication to RabbitMQ."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence

from pika.channel import Channel
from pika.frame import Method
from pika.spec import Basic, BasicProperties

from events.amqp import OutgoingMessage
from events.errors import BrokerUnavailableError, UnroutableError


class RabbitConfirmation:
    """Settled when the broker answered for every message, or when it no longer can."""

    def __init__(self, messages: int, abandon: Callable[["RabbitConfirmation"], None]) -> None:
        """Await the answers to a number of messages; *abandon* is told when the wait was in vain."""
        self._messages = messages
        self._left = messages
        self._abandon = abandon
        self._refused = 0
        self._missing: list[str] = []
        self._problem: BrokerUnavailableError | UnroutableError | None = None
        self._ending = threading.Lock()
        self._settled = threading.Event()
        self._then: Callable[[], None] | None = None
        if not messages:
            self._settled.set()

    @property
    def done(self) -> bool:
        """Whether `wait` would return or raise at once."""
        return self._settled.is_set()

    def add_done_callback(self, done: Callable[[], None]) -> None:
        """Have *done* called once it is settled, in the connection's thread; at once if it is."""
        with self._ending:
            self._then = None if self.done else done
        if self._then is None:
            done()

    def wait(self, timeout: float) -> None:
        """Return once all are confirmed; see `events.bus.Receipt`."""
        if not self._settled.wait(timeout):
            self._abandon(self)
            self.fail(
                f"RabbitMQ did not confirm {self._messages} messages within {timeout:g} s"
                " (it may be blocked by a memory or disk alarm): publish them again, repeats are harmless."
            )
        if self._problem is not None:
            raise self._problem

    def answered(self, messages: int, *, refused: bool) -> None:
        """Count answers of the broker. For the connection's thread."""
        self._left -= messages
        self._refused += messages if refused else 0
        if self._left <= 0:
            self._end(self._verdict())

    def returned(self, queue: str) -> None:
        """Note that a queue does not exist; the message is confirmed afterwards all the same."""
        self._missing.append(queue)

    def fail(self, problem: str) -> None:
        """Give up, unless all was answered."""
        self._end(BrokerUnavailableError(problem))

    def _verdict(self) -> BrokerUnavailableError | UnroutableError | None:
        if self._refused:
            return BrokerUnavailableError(
                f"RabbitMQ refused {self._refused} of {self._messages} messages: publish them again later."
            )
        if self._missing:
            return UnroutableError(
                f'The queue "{self._missing[0]}" does not exist, so {len(self._missing)} of {self._messages} messages'
                " could not be delivered: run `crossdock topology apply`."
            )
        return None

    def _end(self, problem: BrokerUnavailableError | UnroutableError | None) -> None:
        with self._ending:
            if self._settled.is_set():
                return
            self._problem = problem
            self._settled.set()
            told = self._then
        if told is not None:
            told()


class ConfirmChannel:
    """Numbers what it sends, as the broker does. An answer to an earlier channel can reach an earlier lane only."""

    def __init__(self, channel: Channel) -> None:
        """Take a channel on which `confirm_delivery` was just accepted."""
        self.channel = channel
        self._next = 1
        self._lowest = 1
        self._open: dict[int, RabbitConfirmation] = {}
        self._addressed: dict[int, tuple[str, str | None]] = {}

    def send(self, letters: Sequence[OutgoingMessage], receipt: RabbitConfirmation) -> None:
        """Send, all at one stroke, and await the answers."""
        with self.channel.connection.corked():
            for letter in letters:
                self._open[self._next] = receipt
                if letter.mandatory:
                    self._addressed[self._next] = (letter.key, letter.properties.message_id)
                self._next += 1
                self.channel.basic_publish(
                    letter.exchange, letter.key, letter.body, letter.properties, letter.mandatory
                )

    def holds(self, receipt: RabbitConfirmation) -> bool:
        """Whether answers for a receipt are still to come."""
        return receipt in self._open.values()

    def on_answer(self, frame: Method) -> None:
        """Take an ack or a nack, for one message or for all up to it."""
        answer = frame.method
        refused = isinstance(answer, Basic.Nack)
        first = self._lowest if answer.multiple else answer.delivery_tag
        answered: Counter[RabbitConfirmation] = Counter()
        for tag in range(first, answer.delivery_tag + 1):
            self._addressed.pop(tag, None)
            receipt = self._open.pop(tag, None)
            if receipt is not None:
                answered[receipt] += 1
        if first == self._lowest:
            self._lowest = max(first, answer.delivery_tag + 1)
        for receipt, messages in answered.items():
            receipt.answered(messages, refused=refused)

    def on_return(self, _channel: Channel, method: Basic.Return, properties: BasicProperties, _body: bytes) -> None:
        """Find the message that came back: the broker names its key and id, not its number, and confirms it next."""
        returned = (method.routing_key, properties.message_id)
        tag = next((tag for tag, address in self._addressed.items() if address == returned), None)
        if tag is not None:
            del self._addressed[tag]
            self._open[tag].returned(method.routing_key)

    def fail(self, problem: str) -> None:
        """Give up all that is open."""
        receipts = set(self._open.values())
        self._open.clear()
        self._addressed.clear()
        for receipt in receipts:
            receipt.fail(problem)
