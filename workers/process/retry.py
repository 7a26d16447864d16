"""Waiting out an outage: said once, tried again with growing delay, and said again when it is over."""

from collections.abc import Callable
from threading import Event
from typing import TypeVar

import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_when_event_set, wait_random_exponential
from tenacity import RetryError as GaveUpError

from schemas.errors import RetryableError

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

LONGEST_WAIT = 30.0
"""Seconds between two tries. An operator who brings a server back should not wait longer than that for us."""


class StoppedError(RetryableError):
    """The process was asked to stop while it waited; what it held is left for the next one."""


def retry_until_stopped(work: Callable[[], Result], what: str, stop: Event) -> Result:
    """Do *work* until no RetryableError stands in its way. Raises StoppedError when *stop* is set before that."""
    try:
        # Without tenacity, whose bookkeeping costs a batch that nothing stands in the way of as much as its decision.
        return work()
    except RetryableError as error:
        return _retry(_failing_first(error, work), what, stop)


def _failing_first(error: RetryableError, work: Callable[[], Result]) -> Callable[[], Result]:
    """Return what fails once more with the error that there was, and then does the work."""
    earlier = [error]

    def again() -> Result:
        if earlier:
            raise earlier.pop()
        return work()

    return again


def _retry(work: Callable[[], Result], what: str, stop: Event) -> Result:
    outage = _Outage(what)
    tries = Retrying(
        retry=retry_if_exception_type(RetryableError),
        wait=wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT),
        stop=stop_when_event_set(stop),
        before_sleep=outage.note,
        sleep=lambda seconds: _sleep(stop, seconds),
    )
    try:
        result = tries(work)
    except GaveUpError as error:
        raise StoppedError(f"Stopped while waiting: {what}.") from error
    outage.over()
    return result


def _sleep(stop: Event, seconds: float) -> None:
    stop.wait(seconds)


class _Outage:
    """Says that something is away, once, and that it is back."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._said = False

    def note(self, state: RetryCallState) -> None:
        if not self._said and state.outcome is not None:
            log.warning("waiting", doing=self._what, reason=str(state.outcome.exception()))
            self._said = True

    def over(self) -> None:
        if self._said:
            log.info("going on", doing=self._what)
