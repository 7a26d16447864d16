"""The consumer: take a batch, step, publish what follows, acknowledge. The loop, and nothing else.

The next batch is decided while the confirms of the last one are still on their way; acks follow confirms.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event

import structlog

from events.bus import Bus, Delivery, Receipt
from events.errors import BrokerUnavailableError
from schemas.message import Message
from workers.breaker import Breaker
from workers.pulse import Pulse
from workers.step import Outcome, Step
from workers.suspects import Suspects
from workers.waiting import StoppedError, wait_out
from workers.watchdog import Watchdog

log = structlog.get_logger(__name__)

IDLE = 0.5
"""Seconds to wait for a first message before looking at the stop event again."""

CONFIRM_TIMEOUT = 30.0
"""Seconds for the broker to confirm a publication; a memory alarm can hold confirms back for ever."""

OVERLAP = 2
"""Batches whose confirms may be on their way at once; more only delays the acks."""


@dataclass(slots=True)
class _Unconfirmed:
    deliveries: Sequence[Delivery]
    messages: Sequence[Message]
    receipt: Receipt


class Consumer:
    """One consumer's loop over its queue."""

    def __init__(self, step: Step, bus: Bus, batch: int, prefetch: int, pulse: Pulse | None = None) -> None:
        """Subscribe to the queue of the step's consumer. *batch* messages are handled at once, *prefetch* held."""
        self._pulse = pulse or Pulse()
        self._step = step
        self._suspects = Suspects(step)
        self._bus = bus
        self._batch = batch
        self._prefetch = max(prefetch, batch)
        self._subscription = bus.subscribe(step.consumer, self._prefetch)
        self._watchdog = Watchdog(step.consumer, bus)
        self._unconfirmed: deque[_Unconfirmed] = deque()
        self._breaker = Breaker(step.consumer)

    def run(self, stop: Event) -> None:
        """Take batches until *stop* is set; then finish what is held and let go."""
        try:
            while not stop.is_set():
                self._breaker.wait(self._subscription, stop)
                self.turn(stop, IDLE)
            self._settle(stop, down_to=0)
        except StoppedError as error:
            log.warning("stopped with work in hand; it will be delivered again", reason=str(error))
        finally:
            self._subscription.close()

    def turn(self, stop: Event, within: float = 0.0) -> int:
        """Take one batch, if one comes *within* so many seconds. Returns how many messages were handled."""
        deliveries = self._subscription.take(self._breaker.batch(self._batch), 0.0 if self._unconfirmed else within)
        if not deliveries:
            self._settle(stop, down_to=0)
            self._look_after_silence()
            return 0
        self._watchdog.fed()
        outcome = wait_out(partial(self._handle, deliveries), f"{self._step.consumer} handles a batch", stop)
        self._breaker.count(outcome)
        receipt = self._bus.publish(outcome.follow_ups)
        self._unconfirmed.append(_Unconfirmed(deliveries, outcome.follow_ups, receipt))
        log.debug("batch handled", consumer=self._step.consumer, messages=len(deliveries), put_off=outcome.put_off)
        self._settle(stop, down_to=OVERLAP - 1)
        return len(deliveries)

    def _handle(self, deliveries: Sequence[Delivery]) -> Outcome:
        with self._pulse.at_work(self._step.consumer):
            return self._suspects.take(deliveries)

    def _look_after_silence(self) -> None:
        """Subscribe anew when the queue has messages and none come: connected, and yet forgotten by the broker."""
        if self._watchdog.is_starved():
            self._subscription.close()
            self._subscription = self._bus.subscribe(self._step.consumer, self._prefetch)

    def close(self) -> None:
        """Let go of the queue."""
        self._subscription.close()

    def _settle(self, stop: Event, down_to: int) -> None:
        """Acknowledge batches whose follow-ups are confirmed, waiting until *down_to* are left unconfirmed."""
        while self._unconfirmed and (len(self._unconfirmed) > down_to or self._unconfirmed[0].receipt.settled):
            oldest = self._unconfirmed[0]
            wait_out(partial(self._confirm, oldest), f"{self._step.consumer} publishes what follows", stop)
            self._subscription.done(oldest.deliveries)
            self._unconfirmed.popleft()

    def _confirm(self, batch: _Unconfirmed) -> None:
        """Wait for the confirms; what was not confirmed is published again at the next try, with the same ids."""
        try:
            batch.receipt.wait(CONFIRM_TIMEOUT)
        except BrokerUnavailableError:
            batch.receipt = self._bus.publish(batch.messages)
            raise
