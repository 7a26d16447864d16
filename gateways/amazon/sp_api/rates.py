"""The rates that Amazon grants: for each seller and operation a bucket of tokens, shared by all processes.

Defaults are those of Amazon's API models (August 2026, "Usage Plan" of each operation). An answer may state another
rate in the header `x-amzn-RateLimit-Limit`; it never states the burst, and a 429 states neither.
"""

from typing import NamedTuple, Protocol

from gateways.http.call import Call, Reply

HEADER = "x-amzn-ratelimit-limit"
TOO_MANY = 429

MARGIN = 0.97
"""Share of a rate that is used. Between reserving a call and making it lies a jitter, by which calls come together."""

SPARE = 2
"""Tokens of a burst that are left unused, for the same reason."""


class Rate(NamedTuple):
    """Calls a second, and the number of calls that may be made at once after a pause."""

    per_second: float
    burst: int


RATES = {
    "getOrder": Rate(0.5, 30),
    "searchOrders": Rate(0.0056, 20),
    "confirmShipment": Rate(2, 10),
    "createFeedDocument": Rate(0.5, 15),
    "createFeed": Rate(0.0083, 15),
    "getFeed": Rate(2, 15),
    "getFeeds": Rate(0.0222, 10),
    "getFeedDocument": Rate(0.0222, 10),
    "notifications": Rate(1, 5),
}


class Buckets(Protocol):
    """The buckets of all processes, by key."""

    def take(self, key: str, rate: Rate, max_wait: float, spare: int) -> float | None:
        """Reserve one call; return the seconds to wait before it, or None, reserving nothing, if that is too long.

        It waits until *spare* tokens are left for others. Raises RetryableError when the buckets cannot be read.
        """
        ...

    def empty(self, key: str, rate: Rate) -> None:
        """Take all tokens out. Raises nothing: the next 429 empties the bucket again."""
        ...


class AmazonBudget:
    """The rates of one account; see gateways.http.rate_budget.RateBudget. The key of a call is its operation."""

    def __init__(self, account: str, buckets: Buckets) -> None:
        """Share *buckets* with all processes that call Amazon for *account*, one seller in one region."""
        self._account = account
        self._buckets = buckets
        self._granted = dict(RATES)

    def take(self, call: Call, max_wait: float) -> float | None:
        """Reserve one call and return the seconds to wait before it; None if that is more than *max_wait*."""
        return self._buckets.take(self._key(call), self._used(call), max_wait, call.spare)

    def observe(self, call: Call, reply: Reply) -> None:
        """Use a higher rate that an answer states; after a 429, which states none, let the bucket fill from empty."""
        if call.budget is None:
            return
        default = RATES[call.budget]
        if reply.status == TOO_MANY:
            self._buckets.empty(self._key(call), self._used(call))
        else:
            self._granted[call.budget] = Rate(max(_stated(reply), default.per_second), default.burst)

    def _key(self, call: Call) -> str:
        return bucket_key(self._account, call.budget or "")

    def _used(self, call: Call) -> Rate:
        return usable(self._granted[call.budget or ""])


def usable(granted: Rate) -> Rate:
    """Return the used part of a rate."""
    return Rate(granted.per_second * MARGIN, granted.burst - SPARE)


def bucket_key(account: str, operation: str) -> str:
    """Return the key of an account's bucket for an operation."""
    return f"amazon/{account}/{operation}"


def _stated(reply: Reply) -> float:
    """Return the rate in an answer, 0 without one."""
    try:
        return float(reply.headers.get(HEADER, ""))
    except ValueError:
        return 0.0
