"""The rate budget: how many calls an external system grants, shared by all processes."""

from typing import Protocol

from gateways.http.call import Call, Reply


class RateBudget(Protocol):
    """Grants calls. The key of a call is `Call.budget`; one budget may hold many keys."""

    def take(self, call: Call, max_wait: float) -> float | None:
        """Reserve one call and return the seconds to wait before it; None if that is more than *max_wait*.

        With None nothing is reserved. Raises RetryableError when the budget cannot be read.
        """
        ...

    def observe(self, call: Call, reply: Reply) -> None:
        """Take note of the rate that a reply states, or that it was one call too many (429)."""
        ...


class NoBudget:
    """The budget of a system that grants every call."""

    def take(self, call: Call, max_wait: float) -> float | None:
        """Grant the call at once."""
        return 0.0

    def observe(self, call: Call, reply: Reply) -> None:
        """Take note of nothing."""
