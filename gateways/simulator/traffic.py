"""Requests to a simulator, its answers, and faults on the way."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class HttpRequest(NamedTuple):
    """A request as it was sent; `target` is the path with its query, `headers` have lower-case names."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class HttpAnswer(NamedTuple):
    """An answer; `lost` has the connection closed instead, after the call was carried out."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    lost: bool = False


P99 = 2.326
"""The 99th percentile of the standard normal distribution."""

HUNG = 60.0
"""Seconds that a call takes that hangs, longer than clients wait."""


@dataclass
class Trouble:
    """Faults at random from a seed: shares of calls throttled and of answers lost; seconds of delay.

    Answers take a log-normal time, as those of a real shop do: `delay` seconds at the median, and `slowest` at the
    99th percentile, or `delay` all of them where that is not more. A call with the text `hanging` in it hangs.
    `answered` and `seconds` are the calls that were answered so far, and the sum of the time that these take;
    `throttled_calls` and `lost_answers` are those that went wrong.
    """

    throttled: float = 0.0
    lost: float = 0.0
    delay: float = 0.0
    slowest: float = 0.0
    chance: random.Random = field(default_factory=random.Random)
    hanging: str = ""
    answered: int = 0
    seconds: float = 0.0
    throttled_calls: int = 0
    lost_answers: int = 0

    def throttles(self) -> bool:
        """Return whether the next call is one too many."""
        is_throttled = self.chance.random() < self.throttled
        self.throttled_calls += is_throttled
        return is_throttled

    def delivered(self, answer: HttpAnswer, request: HttpRequest) -> HttpAnswer:
        """Return the answer to a request with the time that it takes, lost or not."""
        lost = self.chance.random() < self.lost
        self.lost_answers += lost
        delay = HUNG if self._hangs(request) else self._pause()
        self.answered, self.seconds = self.answered + 1, self.seconds + delay
        return answer._replace(delay=delay, lost=lost)

    def _hangs(self, request: HttpRequest) -> bool:
        return bool(self.hanging) and (self.hanging in request.target or self.hanging.encode() in request.body)

    def _pause(self) -> float:
        if not self.delay or self.slowest <= self.delay:
            return self.delay
        return self.chance.lognormvariate(math.log(self.delay), math.log(self.slowest / self.delay) / P99)
