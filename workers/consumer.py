"""One consumer's loop: receive a batch, have it handled, publish its follow-ups, acknowledge it.

The next batch is begun while PostgreSQL commits the last one and the broker confirms earlier ones. Acks follow
confirms, and only the prefetch limits how many batches await theirs. Where the handler asks external systems, received
events first pass the request stage, and those whose answers are there make the batch.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event
from time import monotonic, perf_counter
from typing import NamedTuple, TypeVar

import structlog

from events.bus import Bus, Confirmation, Delivery
from events.errors import BrokerUnavailableError, MessagesRefusedError, UnconfirmedError
from pipeline.processor import BatchProcessor, BatchResult
from pipeline.request_stage import AnsweredBatch, RequestStage
from schemas.message import Message
from workers.circuit_breaker import CircuitBreaker
from workers.metrics.consumer_metrics import ConsumerMetrics
from workers.metrics.process_metrics import ProcessMetrics
from workers.poison_messages import PoisonMessageGuard, UnfinishedBatch, is_suspect
from workers.process.retry import StoppedError, retry_until_stopped
from workers.stall_detector import StallDetector

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

IDLE = 0.5
"""Seconds to wait for a first message before looking at the stop event again."""

GATHERING, GATHERING_EACH, LONGEST_GATHERING = 0.05, 0.005, 0.25
"""Seconds for which messages and answers gather to a batch while others are awaited: at least, for each that is
awaited, and at most. Where many are, orders wait for a caller anyway. With 32 calls at a time, an order that is created
without stock takes 2.8 ms of processor time, with 50 ms only 3.7, and more when nearly each was alone in its batch."""

CONFIRM_TIMEOUT = 30.0
"""Seconds for the broker to confirm a publication; a memory alarm can delay confirms without end."""


class _BegunBatch(NamedTuple):
    """Deliveries that are decided and written; PostgreSQL is committing them. `answered`: they passed the stage."""

    deliveries: Sequence[Delivery]
    batch: UnfinishedBatch
    answered: AnsweredBatch | None = None


@dataclass(slots=True)
class _PublishedBatch:
    """Deliveries that are committed and whose follow-ups are published; they await the broker's confirmation."""

    deliveries: Sequence[Delivery]
    result: BatchResult
    confirmation: Confirmation
    published_at: float


class Consumer:
    """One consumer's loop over its queue."""

    def __init__(
        self, processor: BatchProcessor, bus: Bus, batch: int, prefetch: int, metrics: ProcessMetrics | None = None
    ) -> None:
        """Subscribe to the processor's queue: at most *batch* messages in a batch, *prefetch* unacknowledged."""
        self._name = processor.consumer
        self._processor = processor
        self._guard = PoisonMessageGuard(processor)
        self._breaker = CircuitBreaker(self._name)
        self._stall_detector = StallDetector(self._name, bus)
        self._metrics = ConsumerMetrics(metrics or ProcessMetrics(), self._name)
        self._bus = bus
        self._batch = batch
        self._prefetch = max(prefetch, batch)
        self._subscription = bus.subscribe(self._name, self._prefetch)
        self._stage = RequestStage(processor, self._notify) if processor.asks else None
        self._begun: deque[_BegunBatch] = deque()
        self._published: deque[_PublishedBatch] = deque()
        self._released = False
        self.acknowledged = 0
        """Messages acknowledged since the start."""
        self._refused_events: set[str] = set()

    @property
    def unacknowledged(self) -> int:
        """How many messages it has received, or is about to, and not acknowledged."""
        return self._subscription.unacknowledged

    @property
    def breaker_open_for(self) -> float | None:
        """Seconds since its circuit breaker opened; None while it is closed."""
        return self._breaker.open_for

    def run(self, stop: Event) -> None:
        """Handle batches until *stop* is set; then finish and acknowledge those begun, and unsubscribe."""
        try:
            while not stop.is_set():
                self._breaker.regulate(self._subscription)
                self.turn(stop, IDLE)
            self._finish_all(stop)
            self._ack_all(stop)
        except StoppedError as error:
            log.warning("consumer stopped with unacked messages", consumer=self._name, reason=str(error))
        finally:
            self._subscription.close()

    def turn(self, stop: Event, within: float = 0.0) -> int:
        """Handle one batch, if one comes *within* so many seconds. Returns the number of its messages.

        The batch is finished at once, unless another is ready: that is begun first.
        """
        deliveries = self._receive(stop, 0.0 if self._begun else within)
        is_idle = not deliveries and not self._has_answers()
        if self._stage and not is_idle:
            deliveries = [*deliveries, *self._gathered(self._stage, len(deliveries), stop)]
        self._metrics.received(deliveries)
        if is_idle:
            self._finish_all(stop)
            self._ack_all(stop)
            if not self._breaker.is_open:
                self._resubscribe_if_stalled()
            return 0
        if deliveries:
            self._stall_detector.message_received()
        if self._stage:
            self._begin_asking(self._stage, deliveries, stop)
        else:
            self._begin(deliveries, stop)
            ahead = 1 if self._subscription.ready else 0
            while len(self._begun) > ahead:
                self._finish_oldest(stop)
        return len(deliveries)

    def close(self) -> None:
        """Unsubscribe; the broker delivers unacknowledged messages again."""
        self._subscription.close()

    def _receive(self, stop: Event, within: float) -> Sequence[Delivery]:
        """Return the deliveries that come *within* so many seconds; acknowledge the batches confirmed meanwhile."""
        until = monotonic() + within
        while True:
            while self._is_confirmed():
                self._ack_oldest(stop)
            max_messages, left = self._breaker.batch(self._batch), max(0.0, until - monotonic())
            deliveries = self._subscription.receive(max_messages, left, self._is_interrupted)
            if deliveries or not self._is_confirmed():
                return deliveries

    def _begin(self, deliveries: Sequence[Delivery], stop: Event) -> None:
        """Have a batch decided and written."""
        self._append_begun(partial(self._guard.begin, deliveries), deliveries, stop)

    def _append_begun(
        self,
        begin: Callable[[], UnfinishedBatch],
        deliveries: Sequence[Delivery],
        stop: Event,
        answered: AnsweredBatch | None = None,
    ) -> None:
        since = perf_counter()
        batch = self._retry(begin, "begins a batch", stop)
        self._metrics.begun(len(deliveries), perf_counter() - since)
        self._begun.append(_BegunBatch(deliveries, batch, answered))

    def _gathered(self, stage: RequestStage, received: int, stop: Event) -> Sequence[Delivery]:
        """Return the deliveries that come while answers gather; none, and at once, if no answer is awaited."""
        if not stage.awaited:
            return ()
        stop.wait(min(max(GATHERING, stage.awaited * GATHERING_EACH), LONGEST_GATHERING))
        return self._subscription.receive(self._breaker.batch(self._batch) - received, 0.0)

    def _begin_asking(self, stage: RequestStage, deliveries: Sequence[Delivery], stop: Event) -> None:
        """Have external systems asked about the deliveries, and those handled whose answers are there."""
        ordinary = [delivery for delivery in deliveries if not is_suspect(delivery)]
        self._retry(partial(stage.add, ordinary), "begins a batch", stop)
        if suspects := [delivery for delivery in deliveries if is_suspect(delivery)]:
            self._begin(suspects, stop)
            self._finish_all(stop)
        while True:
            self._retry(stage.ask, "asks external systems", stop)
            answered = stage.take()
            if answered is None:
                return
            begin = partial(self._processor.begin_answered, len(answered.deliveries), answered.answers)
            self._append_begun(begin, answered.deliveries, stop, answered)
            self._finish_all(stop)
            if not stage.has_new_events:
                return

    def _finish_all(self, stop: Event) -> None:
        while self._begun:
            self._finish_oldest(stop)

    def _finish_oldest(self, stop: Event) -> None:
        """Wait for the commit of the oldest batch, and publish its follow-ups."""
        deliveries, batch, answered = self._begun[0]
        since = perf_counter()
        result = self._retry(batch.finish, "handles a batch", stop)
        seconds = perf_counter() - since
        self._begun.popleft()
        if self._stage and answered:
            deliveries = self._stage.finish(answered, result.again)
        self._breaker.count(result)
        self._metrics.committed(result, seconds, breaker_open=self._breaker.is_open)
        confirmation = self._bus.publish(result.follow_ups)
        self._published.append(_PublishedBatch(deliveries, result, confirmation, monotonic()))
        confirmation.add_done_callback(self._subscription.notify)

    def _is_confirmed(self) -> bool:
        return bool(self._published) and self._published[0].confirmation.done

    def _has_answers(self) -> bool:
        return self._stage is not None and self._stage.has_answers

    def _is_interrupted(self) -> bool:
        return self._is_confirmed() or self._has_answers()

    def _notify(self) -> None:
        self._subscription.notify()

    def _ack_all(self, stop: Event) -> None:
        while self._published:
            self._ack_oldest(stop)

    def _ack_oldest(self, stop: Event) -> None:
        """Acknowledge a batch once its follow-ups are confirmed."""
        batch = self._published[0]
        self._until_done(partial(self._confirm, batch), "publishes follow-ups", stop)
        self._metrics.confirmed(monotonic() - batch.published_at)
        self._subscription.ack(batch.deliveries)
        self.acknowledged += len(batch.deliveries)
        self._published.popleft()
        log.debug("batch handled", consumer=self._name, messages=len(batch.deliveries), deferred=batch.result.deferred)

    def _confirm(self, batch: _PublishedBatch) -> None:
        """Wait for the confirmation; without it the next try publishes the same messages again, with the same ids.

        Those that the broker refused go into the outbox: neither this queue nor the events' others wait for one that is
        full. So do all that an alarm holds up: only acknowledgements free the memory that it is about.
        """
        try:
            batch.confirmation.wait(max(0.0, batch.published_at + CONFIRM_TIMEOUT - monotonic()))
        except MessagesRefusedError as error:
            self._put_refused([batch.result.follow_ups[position] for position in error.positions])
        except UnconfirmedError as error:
            self._put_unconfirmed(batch.result.follow_ups, error)
        except BrokerUnavailableError:
            batch.confirmation = self._bus.publish(batch.result.follow_ups)
            batch.published_at = monotonic()
            raise

    def _put_unconfirmed(self, messages: Sequence[Message], reason: UnconfirmedError) -> None:
        log.warning("messages not confirmed by broker, outbox sends them", consumer=self._name, reason=str(reason))
        with self._processor.ledger.begin() as work:
            work.outbox.put(messages)

    def _put_refused(self, messages: Sequence[Message]) -> None:
        events = {message.name for message in messages}
        if events - self._refused_events:
            log.warning("messages refused by broker, outbox sends them", consumer=self._name, events=sorted(events))
            self._refused_events |= events
        with self._processor.ledger.begin() as work:
            work.refused.put(messages)

    def _retry(self, work: Callable[[], Result], operation: str, stop: Event) -> Result:
        return self._until_done(partial(self._busy, work), operation, stop)

    def _until_done(self, work: Callable[[], Result], operation: str, stop: Event) -> Result:
        """Retry work; return the messages to the queue in a long outage, and take others after it.

        The work goes on without them, for nothing else shows that the outage is over. They come again, and are repeats
        then.
        """
        result = retry_until_stopped(work, f"{self._name} {operation}", stop, self._release)
        if self._released:
            self._released = False
            self._subscription.resume()
        return result

    def _release(self) -> None:
        log.warning("messages returned to the queue until the outage ends", consumer=self._name)
        self._released = True
        self._subscription.release()

    def _busy(self, work: Callable[[], Result]) -> Result:
        with self._processor.liveness.busy(self._name):
            return work()

    def _resubscribe_if_stalled(self) -> None:
        """Subscribe again when the queue has messages and none are delivered: the broker has lost the consumer."""
        if self._stall_detector.is_stalled():
            self._subscription.close()
            self._subscription = self._bus.subscribe(self._name, self._prefetch)
