"""One channel in confirm mode: what was sent on it, and which receipts wait for the answers."""

from collections import Counter
from collections.abc import Sequence

from pika.channel import Channel
from pika.frame import Method
from pika.spec import Basic, BasicProperties

from events.amqp import Letter
from events.rabbitmq.confirms import RabbitReceipt


class Lane:
    """Numbers what it sends, as the broker does. An answer to an earlier channel can reach an earlier lane only."""

    def __init__(self, channel: Channel) -> None:
        """Take a channel on which `confirm_delivery` was just accepted."""
        self.channel = channel
        self._next = 1
        self._lowest = 1
        self._open: dict[int, RabbitReceipt] = {}
        self._addressed: dict[int, tuple[str, str | None]] = {}

    def send(self, letters: Sequence[Letter], receipt: RabbitReceipt) -> None:
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

    def holds(self, receipt: RabbitReceipt) -> bool:
        """Whether answers for a receipt are still to come."""
        return receipt in self._open.values()

    def on_answer(self, frame: Method) -> None:
        """Take an ack or a nack, for one message or for all up to it."""
        answer = frame.method
        refused = isinstance(answer, Basic.Nack)
        first = self._lowest if answer.multiple else answer.delivery_tag
        answered: Counter[RabbitReceipt] = Counter()
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
