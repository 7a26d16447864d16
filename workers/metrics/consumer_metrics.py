"""Counts of one consumer's loop, batch by batch."""

import time
from collections.abc import Sequence

from events.bus import Delivery
from pipeline.outcomes import Outcome
from pipeline.processor import BatchResult
from workers.metrics.process_metrics import ProcessMetrics


class ConsumerMetrics:
    """The metrics of one consumer, looked up once: finding them by their labels costs more than counting."""

    def __init__(self, metrics: ProcessMetrics, consumer: str) -> None:
        """Count for *consumer* in the metrics of the process."""
        self._outcomes = {outcome: metrics.events.labels(consumer, outcome.value) for outcome in Outcome}
        self._sizes = metrics.batch_sizes.labels(consumer)
        self._begin, self._commit, self._confirm = (
            metrics.steps.labels(consumer, step) for step in ("begin", "commit", "confirm")
        )
        self._age = metrics.message_age.labels(consumer)
        self._breaker = metrics.breakers.labels(consumer)

    def received(self, deliveries: Sequence[Delivery]) -> None:
        """Note the age of the oldest of the received messages; a queue gives the oldest first."""
        published_at = deliveries[0].published_at if deliveries else None
        self._age.set(max(0.0, time.time() - published_at) if published_at else 0.0)

    def begun(self, messages: int, seconds: float) -> None:
        """Count a batch of so many messages that was decided and written."""
        self._sizes.observe(messages)
        self._begin.observe(seconds)

    def committed(self, result: BatchResult, seconds: float, *, breaker_open: bool) -> None:
        """Count the outcomes of a batch that is committed."""
        for outcome, events in result.outcomes.items():
            if events:
                self._outcomes[outcome].inc(events)
        self._commit.observe(seconds)
        self._breaker.set(breaker_open)

    def confirmed(self, seconds: float) -> None:
        """Count a batch whose follow-ups were confirmed so many seconds after they were published."""
        self._confirm.observe(seconds)
