"""The published rates as buckets of tokens, one for each operation of the seller.

Source: "Usage Plan" of each operation in Amazon's API models (August 2026).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

Clock = Callable[[], datetime]


class UsagePlan(NamedTuple):
    """Calls a second, and the calls that a full bucket holds."""

    rate: float
    burst: int


NOTIFICATIONS = UsagePlan(1, 5)

PLANS = {
    "searchOrders": UsagePlan(0.0056, 20),
    "getOrder": UsagePlan(0.5, 30),
    "getOrders": UsagePlan(0.0167, 20),
    "getOrderV0": UsagePlan(0.5, 30),
    "getOrderBuyerInfo": UsagePlan(0.5, 30),
    "getOrderAddress": UsagePlan(0.5, 30),
    "getOrderItems": UsagePlan(0.5, 30),
    "confirmShipment": UsagePlan(2, 10),
    "createFeedDocument": UsagePlan(0.5, 15),
    "createFeed": UsagePlan(0.0083, 15),
    "getFeed": UsagePlan(2, 15),
    "getFeeds": UsagePlan(0.0222, 10),
    "getFeedDocument": UsagePlan(0.0222, 10),
    "createRestrictedDataToken": UsagePlan(1, 10),
}


@dataclass
class Bucket:
    """A bucket: its tokens at an instant."""

    tokens: float
    at: datetime


@dataclass
class Rates:
    """All buckets. `factor` makes every rate so many times as high, which the header of an answer then states."""

    clock: Clock
    factor: float = 1.0
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def take(self, operation: str) -> bool:
        """Take one token; False when there is none, so that the call is one too many."""
        now, plan = self.clock(), self.plan(operation)
        bucket = self.buckets.setdefault(operation, Bucket(plan.burst, now))
        filled = bucket.tokens + (now - bucket.at).total_seconds() * plan.rate
        bucket.tokens, bucket.at = min(filled, plan.burst), now
        if bucket.tokens < 1:
            self.refused[operation] += 1
            return False
        bucket.tokens -= 1
        self.calls[operation] += 1
        return True

    def plan(self, operation: str) -> UsagePlan:
        """Return the rate and burst of an operation."""
        plan = PLANS.get(operation, NOTIFICATIONS)
        return UsagePlan(plan.rate * self.factor, plan.burst)
