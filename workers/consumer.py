"""The consumer: take a batch, step, publish what follows, acknowledge. The loop, and nothing else.

The next batch is decided while PostgreSQL commits the last one and the confirms of earlier ones are on their way; acks
follow confirms, and the prefetch alone limits how many batches wait for theirs.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event
from time import monotonic
from typing import NamedTuple, TypeVar

import structlog

from events.bus import Bus, Confirmation, Delivery
from events.errors import BrokerUnavailableError
from pipeline.liveness import Liveness
from pipeline.processor import BatchProcessor, BatchResult, Finish
from workers.circuit_breaker import CircuitBreaker
from workers.poison_messages import PoisonMessageGuard
from workers.process.retry import StoppedError, retry_until_stopped
from workers.stall_detector import StallDetector

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

IDLE = 0.5
"""Seconds to wait for a first message before looking at the stop event again."""

CONFIRM_TIMEOUT = 30.0
"""Seconds for the broker to confirm a publication; a memory alarm can hold confirms back for ever."""


class _Begun(NamedTuple):
    deliveries: Sequence[Delivery]
    finish: Finish


@dataclass(slots=True)
class _Unconfirmed:
    deliveries: Sequence[Delivery]
    outcome: BatchResult
    receipt: Confirmation


class Consumer:
    """One consumer's loop over its queue."""

    def __init__(
        self, step: BatchProcessor, bus: Bus, batch: int, prefetch: int, pulse: Liveness | None = None
    ) -> None:
        """Subscribe to the queue of the step's consumer. *batch* messages are handled at once, *prefetch* held."""
        self._pulse = pulse or Liveness()
        self._step = step
        self._suspects = PoisonMessageGuard(step)
        self._bus = bus
        self._batch = batch
        self._prefetch = max(prefetch, batch)
        self._subscription = bus.subscribe(step.consumer, self._prefetch)
        self._watchdog = StallDetector(step.consumer, bus)
        self._begun: deque[_Begun] = deque()
        self._unconfirmed: deque[_Unconfirmed] = deque()
        self._breaker = CircuitBreaker(step.consumer)

    def run(self, stop: Event) -> None:
        """Take batches until *stop* is set; then finish what is held and let go."""
        try:
            while not stop.is_set():
                self._breaker.wait(self._subscription, stop)
                self.turn(stop, IDLE)
            self._finish_all(stop)
            self._settle_all(stop)
        except StoppedError as error:
            log.warning("stopped with work in hand; it will be delivered again", reason=str(error))
        finally:
            self._subscription.close()

    def turn(self, stop: Event, within: float = 0.0) -> int:
        """Take one batch, if one comes *within* so many seconds. Returns how many messages were taken.

        The batch is finished at once, unless there is another: that is begun first.
        """
        deliveries = self._take(stop, 0.0 if self._begun else within)
        if not deliveries:
            self._finish_all(stop)
            self._settle_all(stop)
            self._look_after_silence()
            return 0
        self._watchdog.message_received()
        self._begin(deliveries, stop)
        ahead = 1 if self._subscription.ready and not self._step.asks else 0
        while len(self._begun) > ahead:
            self._finish_oldest(stop)
        return len(deliveries)

    def _begin(self, deliveries: Sequence[Delivery], stop: Event) -> None:
        begin = partial(self._at_work, partial(self._suspects.begin, deliveries))
        finish = retry_until_stopped(begin, f"{self._step.consumer} begins a batch", stop)
        self._begun.append(_Begun(deliveries, finish))

    def _finish_all(self, stop: Event) -> None:
        while self._begun:
            self._finish_oldest(stop)

    def _finish_oldest(self, stop: Event) -> None:
        """Have the oldest batch committed, and publish what follows."""
        deliveries, finish = self._begun[0]
        outcome = retry_until_stopped(partial(self._at_work, finish), f"{self._step.consumer} handles a batch", stop)
        self._begun.popleft()
        self._breaker.count(outcome)
        receipt = self._bus.publish(outcome.follow_ups)
        self._unconfirmed.append(_Unconfirmed(deliveries, outcome, receipt))
        receipt.add_done_callback(self._subscription.notify)

    def _take(self, stop: Event, within: float) -> Sequence[Delivery]:
        """Return what comes *within* so many seconds, acknowledging meanwhile what is confirmed meanwhile."""
        until = monotonic() + within
        while True:
            while self._is_confirmed():
                self._settle_oldest(stop)
            max_messages, left = self._breaker.batch(self._batch), max(0.0, until - monotonic())
            deliveries = self._subscription.receive(max_messages, left, self._is_confirmed)
            if deliveries or not self._is_confirmed():
                return deliveries

    def _at_work(self, work: Callable[[], Result]) -> Result:
        with self._pulse.busy(self._step.consumer):
            return work()

    def _look_after_silence(self) -> None:
        """Subscribe anew when the queue has messages and none come: connected, and yet forgotten by the broker."""
        if self._watchdog.is_stalled():
            self._subscription.close()
            self._subscription = self._bus.subscribe(self._step.consumer, self._prefetch)

    def close(self) -> None:
        """Let go of the queue."""
        self._subscription.close()

    def _is_confirmed(self) -> bool:
        return bool(self._unconfirmed) and self._unconfirmed[0].receipt.done

    def _settle_all(self, stop: Event) -> None:
        while self._unconfirmed:
            self._settle_oldest(stop)

    def _settle_oldest(self, stop: Event) -> None:
        """Acknowledge a batch once its follow-ups are confirmed."""
        oldest = self._unconfirmed[0]
        retry_until_stopped(partial(self._confirm, oldest), f"{self._step.consumer} publishes what follows", stop)
        self._subscription.ack(oldest.deliveries)
        self._unconfirmed.popleft()
        log.debug(
            "batch handled",
            consumer=self._step.consumer,
            messages=len(oldest.deliveries),
            put_off=oldest.outcome.deferred,
        )

    def _confirm(self, batch: _Unconfirmed) -> None:
        """Wait for the confirms; what was not confirmed is published again at the next try, with the same ids."""
        try:
            batch.receipt.wait(CONFIRM_TIMEOUT)
        except BrokerUnavailableError:
            batch.receipt = self._bus.publish(batch.outcome.follow_ups)
            raise
