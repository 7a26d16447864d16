"""Requests to a simulator, its answers, and faults on the way."""

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


@dataclass
class Trouble:
    """Faults at random from a seed: shares of calls throttled and of answers lost; seconds of delay.

    Of the calls that are answered, a hundredth takes `slowest` seconds, the others about `delay`.
    """

    throttled: float = 0.0
    lost: float = 0.0
    delay: float = 0.0
    slowest: float = 0.0
    chance: random.Random = field(default_factory=random.Random)

    def throttles(self) -> bool:
        """Return whether the next call is one too many."""
        return self.chance.random() < self.throttled

    def delivered(self, answer: HttpAnswer) -> HttpAnswer:
        """Return an answer with the time that it takes, lost or not."""
        lost = self.chance.random() < self.lost
        return answer._replace(delay=self._pause(), lost=lost)

    def _pause(self) -> float:
        if self.slowest and self.chance.random() < 0.01:
            return self.slowest
        return self.delay * self.chance.uniform(0.5, 1.5)
