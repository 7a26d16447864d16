"""Poison messages: a message that is redelivered again and again may kill its process. It is handled alone.

Before that, a note of the attempt is committed. When the notes of two other processes are still there, they died over
the message, and it is dead-lettered unhandled. One note proves nothing: its process may be alive behind a broken
connection, or may have been stopped.
"""

import os
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import structlog

from events.bus import Delivery
from events.large_bodies import body_digest
from pipeline.dead_lettering import dead_letter
from pipeline.outcomes import Outcome
from pipeline.parsing import letter_for
from pipeline.processor import BatchProcessor, BatchResult, PendingBatch
from schemas.dead_letters import DeadLetterType, NewLetter

log = structlog.get_logger(__name__)

SUSPECT = 3
"""Earlier deliveries that make a message a suspect; far below the broker's own limit (topology.DELIVERY_LIMIT)."""

DEATHS = 2
"""Unfinished attempts of other processes after which a message counts as poison."""


def is_suspect(delivery: Delivery) -> bool:
    """Whether a message was delivered so often in vain that it is handled alone."""
    return delivery.delivery_count >= SUSPECT


class PoisonMessageGuard:
    """Has a consumer's messages handled together, and each suspect alone."""

    def __init__(self, processor: BatchProcessor) -> None:
        """Guard *processor*."""
        self._processor = processor
        self._consumer = processor.consumer
        self._ledger = processor.ledger
        # Process ids are reused, so the start of the guard is part of the name.
        self._process = f"{socket.gethostname()}/{os.getpid()}/{time.time_ns()}"

    def begin(self, deliveries: Sequence[Delivery]) -> "UnfinishedBatch":
        """Begin a batch as `BatchProcessor.begin` does; suspects are handled when it is finished."""
        suspects = [delivery for delivery in deliveries if is_suspect(delivery)]
        ordinary = [delivery.message for delivery in deliveries if not is_suspect(delivery)]
        pending = self._processor.begin(ordinary) if ordinary else None
        return GuardedBatch(self, pending, suspects) if suspects or pending is None else pending

    def take_alone(self, delivery: Delivery) -> BatchResult:
        """Handle a suspect alone, or dead-letter it if other processes died over it."""
        key = body_digest(delivery.message)
        died = self._note(key)
        if len(died) < DEATHS:
            result = self._processor.take([delivery.message])
        else:
            log.error("poison message dead-lettered", consumer=self._consumer, processes=died)
            dead_letter(self._ledger, self._consumer, crashed(self._consumer, delivery, died))
            result = BatchResult(handled=1, outcomes=Counter({Outcome.DEAD_LETTERED: 1}))
        with self._ledger.begin() as work:
            work.attempts.end(self._consumer, key)
        return result

    def _note(self, key: bytes) -> list[str]:
        """Note this process's attempt, once, and return the other processes whose notes are still there."""
        with self._ledger.begin() as work:
            return work.attempts.begin(self._consumer, key, self._process)


class GuardedBatch:
    """A batch with suspects. `finish` may be repeated when it raises RetryableError."""

    def __init__(self, guard: PoisonMessageGuard, pending: PendingBatch | None, suspects: Sequence[Delivery]) -> None:
        """Join the batch of the other messages, if there are any, and the suspects."""
        self._guard = guard
        self._pending = pending
        self._suspects = suspects

    def finish(self) -> BatchResult:
        """Finish the batch of the other messages, then handle each suspect."""
        result = self._pending.finish() if self._pending else BatchResult()
        for delivery in self._suspects:
            result.add(self._guard.take_alone(delivery))
        return result


UnfinishedBatch = PendingBatch | GuardedBatch


def crashed(consumer: str, delivery: Delivery, died: Sequence[str]) -> list[NewLetter]:
    """Return the dead letter of a message that killed the processes that handled it."""
    reason = (
        f"The processes that handled it died ({', '.join(died)}), after {delivery.delivery_count} deliveries"
        " that came to nothing. It is not run again unless it is replayed."
    )
    return [replace(letter_for(consumer, delivery.message, reason), letter_type=DeadLetterType.CRASH, reason=reason)]
