"""The rates of a seller: shared buckets by operation, a higher rate that Amazon states, and a 429."""

import pytest

from gateways.amazon.sp_api.rates import MARGIN, RATES, SPARE, AmazonBudget, Rate
from gateways.http.call import Call, Reply

GET = Call("get order", "GET", "/orders", budget="getOrder")


class RecordedBuckets:
    """Grants every call, and records the calls and the emptied buckets."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.taken: list[tuple[str, Rate]] = []
        self.emptied: list[str] = []

    def take(self, key: str, rate: Rate, max_wait: float, spare: int) -> float | None:
        """Grant the call at once."""
        self.taken.append((key, rate))
        return 0.0

    def empty(self, key: str, rate: Rate) -> None:
        """Record the key."""
        self.emptied.append(key)


def used(per_second: float) -> Rate:
    return Rate(per_second * MARGIN, RATES["getOrder"].burst - SPARE)


@pytest.mark.parametrize(
    ("stated", "per_second"),
    [("2.0", 2.0), ("0.1", 0.5), ("", 0.5), ("soon", 0.5)],
    ids=["more", "less", "none", "odd"],
)
def test_a_higher_rate_that_an_answer_states_is_used(stated: str, per_second: float) -> None:
    buckets = RecordedBuckets()
    budget = AmazonBudget("seller-1", buckets)
    budget.observe(GET, Reply(200, {"x-amzn-ratelimit-limit": stated}, b"{}"))
    budget.take(GET, 5.0)
    assert buckets.taken == [("amazon/seller-1/getOrder", used(per_second))]


def test_a_429_empties_the_bucket_of_its_operation_alone() -> None:
    buckets = RecordedBuckets()
    AmazonBudget("seller-1", buckets).observe(GET, Reply(429, {}, b""))
    assert buckets.emptied == ["amazon/seller-1/getOrder"]


def test_a_429_keeps_the_rate_that_an_answer_stated() -> None:
    buckets = RecordedBuckets()
    budget = AmazonBudget("seller-1", buckets)
    budget.observe(GET, Reply(200, {"x-amzn-ratelimit-limit": "2.0"}, b"{}"))
    budget.observe(GET, Reply(429, {}, b""))
    budget.take(GET, 5.0)
    assert buckets.taken == [("amazon/seller-1/getOrder", used(2.0))]


def test_every_rate_leaves_some_of_its_burst() -> None:
    assert all(rate.burst > SPARE and rate.per_second > 0 for rate in RATES.values())
