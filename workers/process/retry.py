"""Retries during an outage, with exponential backoff; logged at its beginning, at a new reason, and at its end."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import TypeVar

import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_when_event_set, wait_random_exponential
from tenacity import RetryError as GaveUpError

from schemas.errors import RetryableError

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

MAX_BACKOFF = 30.0
"""Seconds between two tries at most, so that processes recover soon after a server returns."""


LONG_OUTAGE = 60.0
"""Seconds after which a consumer returns its messages: far less than RabbitMQ's consumer timeout of 30 minutes."""


LASTING = 5.0
"""Seconds after which an outage makes a process unready; shorter ones are ordinary, such as a lost race."""

_outages: dict[str, tuple[float, str]] = {}
"""When each operation of this process that is being retried failed first, and its newest reason."""


class StoppedError(RetryableError):
    """The process was stopped while it waited to retry; its unfinished work is left for the next one."""


def retry_until_stopped(
    work: Callable[[], Result], operation: str, stop: Event, on_outage: Callable[[], object] | None = None
) -> Result:
    """Do *work*, and again after each RetryableError. Raises StoppedError when *stop* is set before it succeeds.

    *operation* names it in the log, in the imperative. *on_outage* is called once, when it has failed for longer than
    `LONG_OUTAGE`.
    """
    try:
        # The first try goes without tenacity, whose bookkeeping costs a batch as much as its decisions.
        return work()
    except RetryableError as error:
        return _retry(_failing_first(error, work), stop, _Outage(operation, on_outage))


def _failing_first(error: RetryableError, work: Callable[[], Result]) -> Callable[[], Result]:
    """Return a function that first raises an error that has occurred, and does the work from then on."""
    errors = [error]

    def attempt() -> Result:
        if errors:
            raise errors.pop()
        return work()

    return attempt


def _retry(work: Callable[[], Result], stop: Event, outage: "_Outage") -> Result:
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
        raise StoppedError(f"Stopped while waiting to {outage.operation}.") from error
    finally:
        outage.forget()
    outage.end()
    return result


def _sleep(stop: Event, seconds: float) -> None:
    stop.wait(seconds)


class _Outage:
    """Logs an outage at its beginning, at every new reason, and at its end; calls back once it is long."""

    def __init__(self, operation: str, on_outage: Callable[[], object] | None) -> None:
        self.operation = operation
        self._on_outage = on_outage
        self._reason = ""
        self._since = monotonic()

    def begin(self, state: RetryCallState) -> None:
        reason = str(state.outcome.exception()) if state.outcome else ""
        if reason != self._reason:
            log.warning("retrying", operation=self.operation, reason=reason)
        self._reason = reason
        _outages[self.operation] = self._since, reason
        if self._on_outage and (state.seconds_since_start or 0.0) > LONG_OUTAGE:
            self._on_outage()
            self._on_outage = None

    def end(self) -> None:
        if self._reason:
            log.info("recovered", operation=self.operation)

    def forget(self) -> None:
        _outages.pop(self.operation, None)


def outages() -> dict[str, float]:
    """Return the operations of this process that fail and are retried, each with the seconds since it failed first."""
    now = monotonic()
    return {operation: now - since for operation, (since, _) in list(_outages.items())}


def lasting_outages() -> dict[str, str]:
    """Return the operations of this process that have failed for 5 seconds or longer, each with its newest reason."""
    now = monotonic()
    return {operation: reason for operation, (since, reason) in list(_outages.items()) if now - since >= LASTING}
