"""Delayed retries: the delay grows to an hour, and is never less than the external system demands."""

import pytest

from pipeline.delayed_retry import FIRST_DELAY, LONGEST_DELAY, backoff
from schemas.errors import RetryableError


@pytest.mark.parametrize(
    ("attempt", "least"),
    [(0, FIRST_DELAY), (1, 3 * FIRST_DELAY), (2, 9 * FIRST_DELAY), (6, LONGEST_DELAY), (10**6, LONGEST_DELAY)],
)
def test_the_delay_triples_to_an_hour_and_varies_by_a_fifth(attempt: int, least: float) -> None:
    waits = [backoff(attempt, RetryableError("away")).total_seconds() for _ in range(50)]
    assert least <= min(waits)
    assert max(waits) <= least * 1.2
    assert len(set(waits)) > 1


def test_the_delay_that_the_external_system_demands_is_kept() -> None:
    assert backoff(0, RetryableError("too many requests", retry_after=7200)).total_seconds() >= 7200
    assert backoff(3, RetryableError("too many requests", retry_after=1)).total_seconds() >= 27 * FIRST_DELAY
