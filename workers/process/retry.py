"""Retries during an outage, with exponential backoff; logged once at the beginning and once at the end."""

from collections.abc import Callable
from threading import Event
from typing import TypeVar

import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_when_event_set, wait_random_exponential
from tenacity import RetryError as GaveUpError

from schemas.errors import RetryableError

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

MAX_BACKOFF = 30.0
"""Seconds between two tries at most, so that processes recover soon after a server returns."""


class StoppedError(RetryableError):
    """The process was stopped while it waited to retry; its unfinished work is left for the next one."""


def retry_until_stopped(work: Callable[[], Result], operation: str, stop: Event) -> Result:
    """Do *work*, and again after each RetryableError. Raises StoppedError when *stop* is set before it succeeds.

    *operation* names it in the log, in the imperative.
    """
    try:
        # The first try goes without tenacity, whose bookkeeping costs a batch as much as its decisions.
        return work()
    except RetryableError as error:
        return _retry(_failing_first(error, work), operation, stop)


def _failing_first(error: RetryableError, work: Callable[[], Result]) -> Callable[[], Result]:
    """Return a function that first raises an error that has occurred, and does the work from then on."""
    errors = [error]

    def attempt() -> Result:
        if errors:
            raise errors.pop()
        return work()

    return attempt


def _retry(work: Callable[[], Result], operation: str, stop: Event) -> Result:
    outage = _Outage(operation)
    tries = Retrying(
        retry=retry_if_exception_type(RetryableError),
        wait=wait_random_exponential(multiplier=0.2, max=MAX_BACKOFF),
        stop=stop_when_event_set(stop),
        before_sleep=outage.begin,
        sleep=lambda seconds: _sleep(stop, seconds),
    )
    try:
        result = tries(work)
    except GaveUpError as error:
        raise StoppedError(f"Stopped while waiting to {operation}.") from error
    outage.end()
    return result


def _sleep(stop: Event, seconds: float) -> None:
    stop.wait(seconds)


class _Outage:
    """Logs the beginning of an outage once, and its end."""

    def __init__(self, operation: str) -> None:
        self._operation = operation
        self._logged = False

    def begin(self, state: RetryCallState) -> None:
        if not self._logged and state.outcome is not None:
            log.warning("retrying", operation=self._operation, reason=str(state.outcome.exception()))
            self._logged = True

    def end(self) -> None:
        if self._logged:
            log.info("recovered", operation=self._operation)
