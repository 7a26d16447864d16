"""Rate buckets: a burst at once, then one call as each token has grown, for all processes together."""

from datetime import timedelta

import pytest

from ledger.ledger import Ledger
from tests.ledger.values import Clock

RATE, BURST = 0.5, 3


def take(ledger: Ledger, max_wait: float = 60.0, key: str = "amazon/seller/getOrder") -> float | None:
    with ledger.begin() as work:
        return work.rate_buckets.take(key, RATE, BURST, max_wait)


def test_a_burst_is_granted_at_once_and_later_calls_wait_for_their_tokens(ledger: Ledger) -> None:
    waits = [take(ledger) for _ in range(BURST + 2)]
    assert waits == pytest.approx([0, 0, 0, 2, 4])


def test_a_call_beyond_its_patience_reserves_nothing(ledger: Ledger) -> None:
    for _ in range(BURST):
        take(ledger)
    assert [take(ledger, max_wait=1.0) for _ in range(5)] == [None] * 5
    assert take(ledger) == pytest.approx(2)


def test_tokens_grow_with_time_up_to_the_burst(ledger: Ledger, clock: Clock) -> None:
    for _ in range(BURST):
        take(ledger)
    clock.now += timedelta(seconds=4)
    assert [take(ledger) for _ in range(3)] == pytest.approx([0, 0, 2])
    clock.now += timedelta(hours=1)
    assert [take(ledger) for _ in range(BURST + 1)] == pytest.approx([0, 0, 0, 2])


def test_an_emptied_bucket_fills_from_the_beginning(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.rate_buckets.empty("amazon/seller/getOrder", RATE, BURST)
    assert take(ledger) == pytest.approx(2)


def test_each_key_has_a_bucket_of_its_own(ledger: Ledger) -> None:
    for _ in range(BURST):
        take(ledger)
    assert take(ledger, key="amazon/other/getOrder") == 0


def test_a_bucket_emptied_at_a_lower_rate_is_no_more_than_empty_at_the_rate_granted_now(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.rate_buckets.empty("key", RATE, 28)
        assert work.rate_buckets.take("key", RATE, 28, 5.0) == pytest.approx(1 / RATE)
        assert work.rate_buckets.take("key", 1000 * RATE, 28, 5.0) == pytest.approx(1 / (1000 * RATE))


def test_a_call_that_leaves_tokens_for_others_waits_until_they_have_grown(ledger: Ledger, clock: Clock) -> None:
    def take_leaving_two(max_wait: float) -> float | None:
        with ledger.begin() as work:
            return work.rate_buckets.take("key", RATE, BURST, max_wait, spare=2)

    assert [take_leaving_two(0.0), take_leaving_two(1.0)] == [0, None]
    assert [take(ledger, key="key") for _ in range(2)] == [0, 0], "the two that were left"
    clock.now += timedelta(seconds=5)
    assert take_leaving_two(2.0) == pytest.approx(1)


def test_the_tokens_of_a_bucket_are_counted(ledger: Ledger) -> None:
    take(ledger)
    with ledger.read() as work:
        tokens = {key: work.rate_buckets.tokens(key, RATE, BURST) for key in ("amazon/seller/getOrder", "unknown")}
    assert tokens == {"amazon/seller/getOrder": pytest.approx(BURST - 1), "unknown": BURST}
