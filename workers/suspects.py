"""Suspects: a message that comes back again and again may be what kills the process. It is handled alone.

Before that a note is committed. Who finds the note of another process that never took it back knows the killer, and
does not run it again.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

import structlog

from events.bus import Delivery
from ledger.attempts import Attempt
from schemas.letters import LetterClass, NewLetter
from workers.opening import letter_of
from workers.setting_aside import set_aside
from workers.step import Outcome, Step

log = structlog.get_logger(__name__)

SUSPECT = 3
"""Earlier deliveries that make a message a suspect; far below the broker's own limit (topology.DELIVERY_LIMIT)."""


class Suspects:
    """Hands a consumer's messages to its step: the innocent together, each suspect alone."""

    def __init__(self, step: Step) -> None:
        """Suspect on behalf of *step*."""
        self._step = step
        self._ledger = step.ledger
        self._noted: set[bytes] = set()

    def take(self, deliveries: Sequence[Delivery]) -> Outcome:
        """Handle the messages, as `Step.take` does; repeating it after a failure does no harm."""
        innocent = [delivery.message for delivery in deliveries if delivery.count < SUSPECT]
        outcome = self._step.take(innocent) if innocent else Outcome()
        for delivery in deliveries:
            if delivery.count >= SUSPECT:
                outcome.add(self._take_alone(delivery))
        return outcome

    def _take_alone(self, delivery: Delivery) -> Outcome:
        key = blake2b(delivery.message.body, digest_size=16).digest()
        before = self._note(key)
        if before is None:
            outcome = self._step.take([delivery.message])
        else:
            log.error("a message killed its process; set aside", consumer=self._step.consumer, pid=before.pid)
            set_aside(self._ledger, self._step.consumer, crashed(self._step.consumer, delivery, before))
            outcome = Outcome(handled=1)
        with self._ledger.begin() as work:
            work.letters.end_attempt(self._step.consumer, key)
        self._noted.discard(key)
        return outcome

    def _note(self, key: bytes) -> Attempt | None:
        """Note the attempt; return that of another process, if one left its note behind."""
        if key in self._noted:
            return None
        with self._ledger.begin() as work:
            before = work.letters.begin_attempt(self._step.consumer, key, os.getpid())
        if before is None:
            self._noted.add(key)
        return before


def crashed(consumer: str, delivery: Delivery, attempt: Attempt) -> list[NewLetter]:
    """Return the letter of a message that killed the process which handled it."""
    reason = (
        f"The process {attempt.pid} that handled it died, after {delivery.count} deliveries that came to nothing."
        " It is not run again unless it is replayed."
    )
    return [replace(letter_of(consumer, delivery.message, reason), letter_class=LetterClass.CRASH, reason=reason)]
