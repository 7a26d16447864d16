"""Consuming one queue of RabbitMQ: deliveries are received in lists, and acknowledged in lists."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial

import structlog
from pika import SelectConnection
from pika.channel import Channel
from pika.exceptions import ChannelClosed
from pika.spec import Basic, BasicProperties

from events.amqp import delivery_of
from events.bus import RECEIVED_BYTES, Delivery, never
from events.rabbitmq.body_assembler import BodyAssembler
from events.rabbitmq.connection import RabbitConnection, backoff
from events.rabbitmq.error_text import describe_refusal
from events.rabbitmq.unacked import UnackedDeliveries
from events.rabbitmq.window import ByteBudget, DeliveryWindow

CLOSE_TIMEOUT = 5.0

log = structlog.get_logger(__name__)


class RabbitSubscription:
    """A channel of its own with its own prefetch; after each failure a new channel, of the next generation.

    Public methods are for any thread, but for the listener's two; these and all others run in the connection's thread.
    """

    def __init__(
        self,
        connection: RabbitConnection,
        queue: str,
        prefetch: int,
        budget: ByteBudget,
        accounts: AbstractSet[str | None],
    ) -> None:
        """Start consuming as soon as the connection is open; *accounts* are Crossdock's own."""
        self._accounts = accounts
        self._connection = connection
        self._queue = queue
        self._budget = budget
        self._window = DeliveryWindow(prefetch, budget)
        self._limit: int | None = None
        self._prefetch = 0  # that of the channel
        self._pika_connection: SelectConnection | None = None
        self._unacked: UnackedDeliveries | None = None
        self._consumer_tag: str | None = None
        self._generation = 0
        self._failures = 0
        self.problem = ""
        self._paused = False
        self._narrowing = False
        self._dormant = False
        self._opening = False
        self._closing = False
        self._receiver_waits = False
        self._buffer: deque[Delivery] = deque()
        self._buffer_changed = threading.Condition()
        self._closed = threading.Event()
        budget.join()
        connection.add_listener(self)

    def receive(self, max_messages: int, timeout: float, interrupted: Callable[[], bool] = never) -> list[Delivery]:
        """Return buffered deliveries, or none, also during an outage; see `events.bus.Subscription`."""
        if self._dormant:
            self._connection.call_threadsafe(self._wake)
        with self._buffer_changed:
            self._buffer_changed.wait_for(lambda: self._has_deliveries() or self._closing or interrupted(), timeout)
            self._receiver_waits = False
            return self._take(max_messages)

    def _take(self, max_messages: int) -> list[Delivery]:
        received: list[Delivery] = []
        received_bytes = 0
        while self._buffer and len(received) < max_messages and received_bytes < RECEIVED_BYTES:
            received.append(self._buffer.popleft())
            received_bytes += len(received[-1].message.body)
        return received

    @property
    def ready(self) -> bool:
        """Whether deliveries are buffered."""
        return bool(self._buffer)

    @property
    def unacknowledged(self) -> int:
        """How many deliveries of the open channel are unacknowledged."""
        unacked = self._unacked
        return 0 if unacked is None else len(unacked)

    def _has_deliveries(self) -> bool:
        self._receiver_waits = True  # before the check: a delivery that comes after it reads this, and notifies
        return bool(self._buffer)

    def notify(self) -> None:
        """Have a blocked `receive` check whether it is interrupted."""
        with self._buffer_changed:
            self._buffer_changed.notify_all()

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge deliveries, all with one callback in the connection's thread."""
        self._connection.call_threadsafe(partial(self._finish, tuple(deliveries), requeue=False))

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Return deliveries to the queue."""
        self._connection.call_threadsafe(partial(self._finish, tuple(deliveries), requeue=True))

    def pause(self) -> None:
        """Stop deliveries. Those not received yet are requeued, and count as delivered once."""
        self._paused = True  # at once: deliveries that come before the consumer is cancelled are requeued, too
        self._connection.call_threadsafe(self._pause)

    def release(self) -> None:
        """Stop deliveries, and requeue all that are unacknowledged."""
        self._paused = True
        self._connection.call_threadsafe(self._release)

    def resume(self, limit: int | None = None) -> None:
        """Restart deliveries after a pause."""
        self._connection.call_threadsafe(partial(self._resume, limit))

    def close(self) -> None:
        """Close the subscription, after acknowledgements, and after 5 seconds even if the broker does not answer."""
        with self._buffer_changed:
            self._closing = True
            self._buffer_changed.notify_all()
        if self._connection.closed:
            return
        self._connection.call_threadsafe(self._close_channel)
        self._closed.wait(CLOSE_TIMEOUT)

    def on_open(self, connection: SelectConnection) -> None:
        """Open a channel on a new connection."""
        self._pika_connection = connection
        self._open_channel()

    def on_lost(self, problem: str) -> None:
        """Discard the deliveries of the lost connection: the broker delivers them again."""
        self._pika_connection = None
        self._opening = False
        self._discard_channel()

    def _open_channel(self) -> None:
        if self._pika_connection is None or self._unacked is not None or self._opening or self._closing:
            return
        if self._dormant:
            return
        self._opening = True
        self._pika_connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Channel) -> None:
        self._opening = False
        if self._closing:
            channel.close()
            return
        BodyAssembler.install(channel)
        self._generation += 1
        self._unacked = UnackedDeliveries(channel, self._generation)
        channel.add_on_close_callback(self._on_channel_close)
        channel.add_on_cancel_callback(lambda _: self._on_cancel(channel))
        self._prefetch = 0
        self._narrowing = False
        self._consume()

    def _consume(self) -> None:
        """Start a consumer, once a channel: a pause may end while the channel is still being opened."""
        if self._unacked is None or self._consumer_tag is not None or self._paused or self._narrowing or self._closing:
            return
        prefetch = min(self._window.size, self._limit or self._window.size)
        if prefetch != self._prefetch:
            self._prefetch = prefetch
            self._unacked.channel.basic_qos(prefetch_count=prefetch, callback=lambda _: self._consume())
            return
        self._consumer_tag = self._unacked.channel.basic_consume(
            self._queue, self._on_delivery, callback=lambda _: self._on_consuming()
        )

    def _on_consuming(self) -> None:
        if self._failures > 1:
            log.info("consuming resumed", queue=self._queue)
        self._failures = 0
        self.problem = ""

    def _on_delivery(self, channel: Channel, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> None:
        unacked = self._unacked
        if unacked is None or unacked.channel is not channel:
            return
        if self._paused:
            channel.basic_reject(method.delivery_tag, requeue=True)
            return
        if not self._window.admit(len(unacked) + 1, unacked.bytes + len(body)):
            channel.basic_reject(method.delivery_tag, requeue=True)
            self._narrow(unacked)
            return
        unacked.add(method.delivery_tag, len(body))
        self._buffer.append(delivery_of(unacked.generation, method, properties, body, self._accounts))
        if self._receiver_waits:
            self._receiver_waits = False  # one notification for all deliveries read from the socket together
            self.notify()
        if self._window.is_narrow and self._window.widen(len(unacked)):
            self._cancel_consumer()
            self._consume()

    def _narrow(self, unacked: UnackedDeliveries) -> None:
        """Cancel the consumer until half of the bytes are acknowledged; then go on with a smaller window."""
        self._window.narrow(len(unacked))
        self._narrowing = True
        self._cancel_consumer()
        log.info("large bodies, prefetch lowered", queue=self._queue, prefetch=self._window.size)

    def _finish(self, deliveries: Sequence[Delivery], *, requeue: bool) -> None:
        unacked = self._unacked
        if unacked is None or not unacked.channel.is_open:
            return
        tags = [delivery.tag for delivery in deliveries if delivery.generation == unacked.generation]
        if requeue:
            unacked.requeue(tags)
        else:
            unacked.ack(tags)
        if self._narrowing and self._window.has_room(unacked.bytes):
            self._narrowing = False
            self._consume()

    def _pause(self) -> None:
        self._paused = True
        self._cancel_consumer()
        with self._buffer_changed:
            unreceived = list(self._buffer)
            self._buffer.clear()
        self._finish(unreceived, requeue=True)

    def _release(self) -> None:
        self._pause()
        if self._unacked is not None and self._unacked.channel.is_open:
            self._unacked.requeue(self._unacked.tags)

    def _cancel_consumer(self) -> None:
        consumer_tag, self._consumer_tag = self._consumer_tag, None
        if consumer_tag is not None and self._unacked is not None and self._unacked.channel.is_open:
            self._unacked.channel.basic_cancel(consumer_tag)

    def _resume(self, limit: int | None) -> None:
        if self._paused:
            self._paused = False
            self._limit = limit
            self._consume()

    def _wake(self) -> None:
        self._dormant = False
        self._open_channel()

    def _on_cancel(self, channel: Channel) -> None:
        """Reopen the channel when the broker cancels: the queue was deleted, or a delivery unacked for too long."""
        log.warning("consumer cancelled by broker", queue=self._queue)
        if channel.is_open:
            channel.close()

    def _on_channel_close(self, channel: Channel, reason: BaseException) -> None:
        if self._unacked is None or self._unacked.channel is not channel:
            return
        self._discard_channel()
        if self._closing or not isinstance(reason, ChannelClosed):
            return
        self._failures += 1
        problem = describe_refusal(self._queue, reason)
        if self._failures > 1 and problem != self.problem:
            log.warning("cannot consume queue", queue=self._queue, error=problem)
            self.problem = problem
        self._connection.call_later(backoff(self._failures), self._open_channel)

    def _discard_channel(self) -> None:
        """Drop the deliveries of a lost channel. While the listener handles some, which may last, take no others.

        Each loss counts as a delivery; in a long outage they would reach the limit.
        """
        is_handling = self._unacked is not None and len(self._unacked) > len(self._buffer)
        self._dormant = self._dormant or is_handling
        self._unacked = None
        self._consumer_tag = None
        with self._buffer_changed:
            self._buffer.clear()
        if self._closing:
            self._closed.set()

    def _close_channel(self) -> None:
        self._connection.remove_listener(self)
        self._budget.leave()
        if self._unacked is None or not self._unacked.channel.is_open:
            self._closed.set()
            return
        channel = self._unacked.channel
        if self._consumer_tag is not None:
            channel.basic_cancel(self._consumer_tag)
        # Acknowledgements that the queue has not seen when the channel ends are lost; its answer comes after them.
        channel.queue_declare(self._queue, passive=True, callback=lambda _: channel.close())
