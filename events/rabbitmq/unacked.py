"""What a consumer holds on one channel, and how it is settled with the fewest acknowledgements."""

from collections.abc import Iterable

from pika.channel import Channel


class UnackedDeliveries:
    """The deliveries of one channel that are not settled yet. A tag is settled once: twice closes the channel."""

    def __init__(self, channel: Channel, generation: int) -> None:
        """Begin empty-handed."""
        self.channel = channel
        self.generation = generation
        self._held: dict[int, None] = {}  # in the order of arrival, which is that of the tags

    def add(self, tag: int) -> None:
        """Take a delivery."""
        self._held[tag] = None

    def ack(self, tags: Iterable[int]) -> None:
        """Acknowledge: all up to the first that is still held at one stroke, the others one by one."""
        settled = self._let_go(tags)
        first_held = next(iter(self._held), None)
        at_one_stroke = [tag for tag in settled if first_held is None or tag < first_held]
        if at_one_stroke:
            self.channel.basic_ack(at_one_stroke[-1], multiple=True)
        for tag in settled[len(at_one_stroke) :]:
            self.channel.basic_ack(tag)

    def requeue(self, tags: Iterable[int]) -> None:
        """Return to the queue. By `reject`, which every RabbitMQ counts; 4.3 does not count a `nack`."""
        for tag in self._let_go(tags):
            self.channel.basic_reject(tag, requeue=True)

    def _let_go(self, tags: Iterable[int]) -> list[int]:
        known = sorted(tag for tag in set(tags) if tag in self._held)
        for tag in known:
            del self._held[tag]
        return known
