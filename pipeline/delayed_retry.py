"""Delayed retries: events that an external system fails for now are retried with growing delay, without a limit."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from events.envelope import Event
from ledger.unit_of_work import UnitOfWork
from pipeline.parsing import redelivery
from schemas.errors import RetryableError

FIRST_DELAY = 5.0
"""Seconds. The gateways have retried within the last seconds already."""

LONGEST_DELAY = 3600.0
"""Seconds. An outage over a weekend must not end in a wait of days."""

_JITTER = Random()  # noqa: S311 - nothing here is a secret
"""Of its own: the process's shared random numbers belong to the code that seeded them."""


def backoff(attempt: int, failure: RetryableError) -> timedelta:
    """Return the delay of the next retry: it triples to an hour, plus up to a fifth, and is at least `retry_after`."""
    grown = min(LONGEST_DELAY, FIRST_DELAY * 3 ** min(attempt, 10))
    seconds = max(grown, failure.retry_after or 0)
    return timedelta(seconds=seconds * (1 + _JITTER.random() / 5))


def schedule_retries(work: UnitOfWork, consumer: str, events: Sequence[tuple[Event, RetryableError]]) -> None:
    """Put each event into the outbox for this consumer alone; the relay publishes it when it is due."""
    for event, failure in events:
        attempt = event.message.attempt + 1
        message = redelivery(event, attempt=attempt)._replace(to=consumer)
        work.outbox.schedule(message, work.now + backoff(attempt - 1, failure))
