"""Suspects: a message that comes back again and again may be what kills the process. It is handled alone.

Before that a note is committed. Who finds the notes of two other processes that never took theirs back knows the
killer, and does not run it again. One note proves nothing: its process may still live behind a cut connection, or may
have been stopped.
"""

import os
import socket
import time
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

import structlog

from events.bus import Delivery
from pipeline.dead_lettering import dead_letter
from pipeline.parsing import letter_for
from pipeline.processor import BatchProcessor, BatchResult, Finish
from schemas.dead_letters import DeadLetterType, NewLetter

log = structlog.get_logger(__name__)

SUSPECT = 3
"""Earlier deliveries that make a message a suspect; far below the broker's own limit (topology.DELIVERY_LIMIT)."""

DEATHS = 2
"""Attempts of other processes that never ended, after which a message counts as their killer."""


class PoisonMessageGuard:
    """Hands a consumer's messages to its step: the innocent together, each suspect alone."""

    def __init__(self, step: BatchProcessor) -> None:
        """Suspect on behalf of *step*."""
        self._step = step
        self._ledger = step.ledger
        # A process id is used again, so the instant the process began to suspect goes with it.
        self._process = f"{socket.gethostname()}/{os.getpid()}/{time.time_ns()}"

    def begin(self, deliveries: Sequence[Delivery]) -> Finish:
        """Begin with the messages, as `Step.begin` does; suspects are handled when it is finished."""
        innocent = [delivery.message for delivery in deliveries if delivery.delivery_count < SUSPECT]
        suspects = [delivery for delivery in deliveries if delivery.delivery_count >= SUSPECT]
        finish_innocent = self._step.begin(innocent) if innocent else BatchResult

        def finish() -> BatchResult:
            outcome = finish_innocent()
            for delivery in suspects:
                outcome.add(self._take_alone(delivery))
            return outcome

        return finish if suspects else finish_innocent

    def _take_alone(self, delivery: Delivery) -> BatchResult:
        key = blake2b(delivery.message.body, digest_size=16).digest()
        died = self._note(key)
        if len(died) < DEATHS:
            outcome = self._step.take([delivery.message])
        else:
            log.error("a message killed its processes; set aside", consumer=self._step.consumer, processes=died)
            dead_letter(self._ledger, self._step.consumer, crashed(self._step.consumer, delivery, died))
            outcome = BatchResult(handled=1)
        with self._ledger.begin() as work:
            work.attempts.end(self._step.consumer, key)
        return outcome

    def _note(self, key: bytes) -> list[str]:
        """Note the attempt, which repeats of it do not add to; return the processes that left notes behind."""
        with self._ledger.begin() as work:
            return work.attempts.begin(self._step.consumer, key, self._process)


def crashed(consumer: str, delivery: Delivery, died: Sequence[str]) -> list[NewLetter]:
    """Return the letter of a message that killed the processes which handled it."""
    reason = (
        f"The processes that handled it died ({', '.join(died)}), after {delivery.delivery_count} deliveries"
        " that came to nothing. It is not run again unless it is replayed."
    )
    return [replace(letter_for(consumer, delivery.message, reason), letter_type=DeadLetterType.CRASH, reason=reason)]
