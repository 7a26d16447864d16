"""The stage before deciding, for consumers that ask external systems: each event leaves it when its answers are there.

So a slow answer holds up its own event, and those of the same order, and no other event of the batch it came in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from events.bus import Delivery
from events.envelope import Event
from pipeline.external_requests import Answers, subject_of
from pipeline.processor import BatchProcessor
from schemas.order import OrderKey


@dataclass(frozen=True, slots=True)
class AnsweredBatch:
    """Events with their answers, to be decided together, and the deliveries that can be acknowledged after them."""

    deliveries: Sequence[Delivery]
    answers: Answers


class RequestStage:
    """Deliveries of one consumer whose events wait for answers. Used by the consumer's thread alone."""

    def __init__(self, processor: BatchProcessor, notify: Callable[[], None]) -> None:
        """Ask as the *processor*'s handler does; *notify* is called, in any thread, when `take` may return a batch."""
        self._processor = processor
        self._requests = processor.open_requests(notify)
        self._new: list[Event] = []
        self._under_way: dict[OrderKey | bytes, list[Event]] = {}
        self._deliveries: dict[int, Delivery] = {}
        self._without_event: list[Delivery] = []

    @property
    def has_answers(self) -> bool:
        """Whether `take` may return a batch."""
        return self._requests.has_results

    @property
    def awaited(self) -> int:
        """The number of answers that are awaited and not there."""
        return self._requests.awaited

    @property
    def has_new_events(self) -> bool:
        """Whether `ask` has events to ask about."""
        return bool(self._new)

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Parse the deliveries; invalid messages become dead letters. Raises RetryableError."""
        events = self._processor.parse([delivery.message for delivery in deliveries])
        parsed = {id(event.message) for event in events}
        for delivery in deliveries:
            if id(delivery.message) in parsed:
                self._deliveries[id(delivery.message)] = delivery
            else:
                self._without_event.append(delivery)
        self._new += events

    def ask(self) -> None:
        """Ask about the events that were added, or have to be asked about again. Raises RetryableError.

        Events of an order that is asked about already wait until its events are decided.
        """
        chosen: list[Event] = []
        waiting: dict[OrderKey | bytes, list[Event]] = {}
        for event in self._new:
            subject = subject_of(event)
            if subject in self._under_way:
                waiting.setdefault(subject, []).append(event)
            else:
                chosen.append(event)
        if chosen:
            self._processor.start(chosen, self._requests)
        for event in chosen:
            self._under_way.setdefault(subject_of(event), [])
        for subject, events in waiting.items():
            self._under_way[subject] += events
        self._new = []

    def take(self) -> AnsweredBatch | None:
        """Return the events whose answers are there, or None."""
        answers = self._requests.take()
        if not answers.events and not self._without_event:
            return None
        deliveries = [*self._without_event, *(self._deliveries[id(event.message)] for event in answers.events)]
        self._without_event = []
        return AnsweredBatch(deliveries, answers)

    def finish(self, batch: AnsweredBatch, again: Sequence[Event]) -> list[Delivery]:
        """Return the deliveries of a batch that may be acknowledged once its follow-ups are confirmed.

        Events to be asked about *again* stay, and so do those that waited for the events of their order.
        """
        kept = {id(event.message) for event in again}
        self._new += again
        for event in batch.answers.events:
            self._new += self._under_way.pop(subject_of(event), [])
            if id(event.message) not in kept:
                del self._deliveries[id(event.message)]
        return [delivery for delivery in batch.deliveries if id(delivery.message) not in kept]
