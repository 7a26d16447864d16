"""Putting off: what failed on the outside for now is tried again later, with growing delay, whatever the count."""

import random
from collections.abc import Sequence
from datetime import timedelta

from events.envelope import Event
from ledger.unit_of_work import UnitOfWork
from pipeline.parsing import redelivery
from schemas.errors import RetryableError

FIRST_DELAY = 5.0
"""Seconds. The gateways have tried a few times within the last seconds already."""

LONGEST_DELAY = 3600.0
"""Seconds. An outage over a weekend must not end in a wait of days."""


def backoff(attempt: int, failure: RetryableError) -> timedelta:
    """Return the wait before the next try: it triples to an hour, plus up to a fifth; never less than was asked for."""
    grown = min(LONGEST_DELAY, FIRST_DELAY * 3 ** min(attempt, 10))
    wait = max(grown, failure.retry_after or 0)
    return timedelta(seconds=wait * (1 + random.random() / 5))  # noqa: S311 - jitter, not a secret


def schedule_retries(work: UnitOfWork, consumer: str, events: Sequence[tuple[Event, RetryableError]]) -> None:
    """Have each event delivered again to this consumer alone, later; the relay does it when it is due."""
    for event, failure in events:
        attempt = event.message.attempt + 1
        again = redelivery(event, attempt=attempt)._replace(to=consumer)
        work.outbox.put([again], due_at=work.now + backoff(attempt - 1, failure))
