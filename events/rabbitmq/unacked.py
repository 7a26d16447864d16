"""The unacknowledged deliveries of one channel, acknowledged with as few frames as AMQP allows."""

from collections.abc import Iterable

from pika.channel import Channel


class UnackedDeliveries:
    """Delivery tags of one channel. A tag is acknowledged once: a second time would close the channel."""

    def __init__(self, channel: Channel, generation: int) -> None:
        """Start without deliveries, on the channel that is the subscription's *generation*th."""
        self.channel = channel
        self.generation = generation
        self.bytes = 0
        """The bytes of their bodies."""
        self._tags: dict[int, int] = {}  # to the size of the body, in the order of arrival, which is that of the tags

    def __len__(self) -> int:
        """Return how many deliveries are unacknowledged."""
        return len(self._tags)

    def add(self, tag: int, size: int) -> None:
        """Add a delivery whose body has *size* bytes."""
        self._tags[tag] = size
        self.bytes += size

    def ack(self, tags: Iterable[int]) -> None:
        """Acknowledge: all below the first that stays unacked with one frame, the others one by one."""
        acked = self._remove(tags)
        first_unacked = next(iter(self._tags), None)
        with_one_frame = [tag for tag in acked if first_unacked is None or tag < first_unacked]
        if with_one_frame:
            self.channel.basic_ack(with_one_frame[-1], multiple=True)
        for tag in acked[len(with_one_frame) :]:
            self.channel.basic_ack(tag)

    @property
    def tags(self) -> tuple[int, ...]:
        """The tags of all unacknowledged deliveries."""
        return tuple(self._tags)

    def requeue(self, tags: Iterable[int]) -> None:
        """Return to the queue. By `reject`, which every RabbitMQ counts; 4.3 does not count a `nack`."""
        for tag in self._remove(tags):
            self.channel.basic_reject(tag, requeue=True)

    def _remove(self, tags: Iterable[int]) -> list[int]:
        unacked = sorted(tag for tag in set(tags) if tag in self._tags)
        for tag in unacked:
            self.bytes -= self._tags.pop(tag)
        return unacked
