"""Consuming from one queue of RabbitMQ: deliveries come in lists, acknowledgements go out in lists."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

import structlog
from pika import SelectConnection
from pika.channel import Channel
from pika.exceptions import ChannelClosed
from pika.spec import Basic, BasicProperties

from events.amqp import delivery_of
from events.bus import Delivery, never
from events.rabbitmq.connection import RabbitConnection, backoff
from events.rabbitmq.error_text import describe_error
from events.rabbitmq.unacked import UnackedDeliveries

CLOSE_SECONDS = 5.0

Arrival = tuple[int, Basic.Deliver, BasicProperties, bytes]

log = structlog.get_logger(__name__)


class RabbitSubscription:
    """A channel of its own with its own prefetch; a new generation of it after each trouble.

    Public methods are for any thread; all others run in the connection's thread.
    """

    def __init__(self, connection: RabbitConnection, queue: str, prefetch: int) -> None:
        """Begin as soon as there is a connection."""
        self._home = connection
        self._queue = queue
        self._prefetch = prefetch
        self._connection: SelectConnection | None = None
        self._hand: UnackedDeliveries | None = None
        self._consumer: str | None = None
        self._generation = 0
        self._failures = 0
        self._paused = False
        self._opening = False
        self._closing = False
        self._awaited = False
        self._arrived: deque[Arrival] = deque()
        self._arrival = threading.Condition()
        self._ended = threading.Event()
        connection.attach(self)

    def receive(self, max_messages: int, within: float, interrupted: Callable[[], bool] = never) -> list[Delivery]:
        """Return what is there, or nothing, also while the broker is away; see `events.bus.Subscription`."""
        with self._arrival:
            self._arrival.wait_for(lambda: self._has_come() or self._closing or interrupted(), within)
            self._awaited = False
            taken = [self._arrived.popleft() for _ in range(min(max_messages, len(self._arrived)))]
        return [delivery_of(*arrival) for arrival in taken]

    @property
    def ready(self) -> bool:
        """Whether something has come."""
        return bool(self._arrived)

    def _has_come(self) -> bool:
        self._awaited = True  # before looking: what arrives after the look sees it, and wakes
        return bool(self._arrived)

    def notify(self) -> None:
        """Have a `take` that waits look again."""
        with self._arrival:
            self._arrival.notify_all()

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge, all with one hand-over to the connection's thread."""
        self._home.call(partial(self._settle, tuple(deliveries), kept=False))

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Return deliveries to the queue."""
        self._home.call(partial(self._settle, tuple(deliveries), kept=True))

    def pause(self) -> None:
        """Stop new deliveries. What is on its way at this moment goes back and counts as delivered once."""
        self._paused = True  # at once: what comes before the connection's thread has cancelled goes back, too
        self._home.call(self._stop_consuming)

    def resume(self) -> None:
        """Begin again."""
        self._home.call(self._resume)

    def close(self) -> None:
        """Let go, acknowledgements first; a broker that does not answer is left after 5 seconds."""
        with self._arrival:
            self._closing = True
            self._arrival.notify_all()
        if self._home.closed:
            return
        self._home.call(self._begin_closing)
        self._ended.wait(CLOSE_SECONDS)

    def on_open(self, connection: SelectConnection) -> None:
        """Open a channel on a new connection."""
        self._connection = connection
        self._open()

    def on_lost(self, problem: str) -> None:
        """Forget what came by the lost connection: it comes again."""
        self._connection = None
        self._opening = False
        self._drop()

    def _open(self) -> None:
        if self._connection is None or self._hand is not None or self._opening or self._closing:
            return
        self._opening = True
        self._connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Channel) -> None:
        self._opening = False
        if self._closing:
            channel.close()
            return
        self._generation += 1
        self._hand = UnackedDeliveries(channel, self._generation)
        channel.add_on_close_callback(self._on_channel_close)
        channel.add_on_cancel_callback(lambda _: self._on_cancel(channel))
        channel.basic_qos(prefetch_count=self._prefetch, callback=lambda _: self._consume())

    def _consume(self) -> None:
        """Begin, once a channel: a pause may end while the channel is still being opened."""
        if self._hand is not None and self._consumer is None and not self._paused and not self._closing:
            self._consumer = self._hand.channel.basic_consume(
                self._queue, self._on_delivery, callback=lambda _: self._on_consuming()
            )

    def _on_consuming(self) -> None:
        if self._failures > 1:
            log.info("queue is consumed again", queue=self._queue)
        self._failures = 0

    def _on_delivery(self, channel: Channel, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> None:
        if self._hand is None or self._hand.channel is not channel:
            return
        if self._paused:
            channel.basic_reject(method.delivery_tag, requeue=True)
            return
        self._hand.add(method.delivery_tag)
        self._arrived.append((self._hand.generation, method, properties, body))
        if self._awaited:
            self._awaited = False  # one wake-up for all that is read from the socket together
            self.notify()

    def _settle(self, deliveries: Sequence[Delivery], *, kept: bool) -> None:
        hand = self._hand
        if hand is None or not hand.channel.is_open:
            return
        tags = [delivery.tag for delivery in deliveries if delivery.generation == hand.generation]
        if kept:
            hand.requeue(tags)
        else:
            hand.ack(tags)

    def _stop_consuming(self) -> None:
        self._paused = True
        consumer, self._consumer = self._consumer, None
        if consumer is not None and self._hand is not None and self._hand.channel.is_open:
            self._hand.channel.basic_cancel(consumer)

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._consume()

    def _on_cancel(self, channel: Channel) -> None:
        """Answer a cancellation by the broker (the queue was deleted, or a delivery was held for too long)."""
        log.warning("broker ended the consumer", queue=self._queue)
        if channel.is_open:
            channel.close()

    def _on_channel_close(self, channel: Channel, reason: BaseException) -> None:
        if self._hand is None or self._hand.channel is not channel:
            return
        self._drop()
        if self._closing or not isinstance(reason, ChannelClosed):
            return
        self._failures += 1
        if self._failures == 2:
            log.warning(
                "queue cannot be consumed; is it there? run: crossdock topology apply",
                queue=self._queue,
                problem=describe_error(reason),
            )
        self._home.later(backoff(self._failures), self._open)

    def _drop(self) -> None:
        self._hand = None
        self._consumer = None
        with self._arrival:
            self._arrived.clear()
        if self._closing:
            self._ended.set()

    def _begin_closing(self) -> None:
        self._home.leave(self)
        if self._hand is None or not self._hand.channel.is_open:
            self._ended.set()
            return
        channel = self._hand.channel
        if self._consumer is not None:
            channel.basic_cancel(self._consumer)
        # Acknowledgements that the queue has not seen when the channel ends are lost; its answer comes after them.
        channel.queue_declare(self._queue, passive=True, callback=lambda _: channel.close())
