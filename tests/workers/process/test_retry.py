"""Waiting out an outage: it is logged once, and once more when it is over."""

from threading import Event

import pytest
from structlog.testing import capture_logs

from schemas.errors import PermanentError, RetryableError
from workers.process.retry import StoppedError, retry_until_stopped


class Failing:
    """Work that fails so often before it is done."""

    def __init__(self, failures: int, error: Exception, stop: Event | None = None) -> None:
        """Set *stop*, if there is one, at the first failure."""
        self.calls = 0
        self._failures = failures
        self._error = error
        self._stop = stop

    def __call__(self) -> str:
        """Fail, or be done."""
        self.calls += 1
        if self._stop:
            self._stop.set()
        if self.calls <= self._failures:
            raise self._error
        return "done"


def test_work_that_fails_for_now_is_tried_until_it_is_done() -> None:
    work = Failing(3, RetryableError("away"))
    assert retry_until_stopped(work, "work", Event()) == "done"
    assert work.calls == 4


def test_an_outage_is_logged_once_and_its_end_too() -> None:
    with capture_logs() as lines:
        retry_until_stopped(Failing(4, RetryableError("The server is away.")), "work", Event())
    assert [(entry["event"], entry["operation"]) for entry in lines] == [("retrying", "work"), ("recovered", "work")]
    assert lines[0]["reason"] == "The server is away."


def test_a_new_reason_of_the_same_outage_is_logged_too() -> None:
    reasons = ["The server is away.", "The server is away.", "The database is missing.", "The server is away."]

    def work() -> str:
        if reasons:
            raise RetryableError(reasons.pop(0))
        return "done"

    with capture_logs() as lines:
        retry_until_stopped(work, "work", Event())
    said = [entry["reason"] for entry in lines if entry["event"] == "retrying"]
    assert said == ["The server is away.", "The database is missing.", "The server is away."]


def test_work_that_succeeds_at_once_logs_nothing() -> None:
    with capture_logs() as lines:
        retry_until_stopped(Failing(0, RetryableError("away")), "work", Event())
    assert lines == []


def test_it_ends_when_the_process_is_to_stop() -> None:
    stop = Event()
    with pytest.raises(StoppedError, match="work"):
        retry_until_stopped(Failing(10**6, RetryableError("away"), stop), "work", stop)


def test_work_that_succeeds_is_done_even_when_the_process_is_to_stop() -> None:
    stop = Event()
    stop.set()
    assert retry_until_stopped(Failing(0, RetryableError("away")), "work", stop) == "done"


def test_a_failure_that_does_not_pass_is_not_waited_for() -> None:
    work = Failing(1, PermanentError("It cannot be."))
    with pytest.raises(PermanentError, match="It cannot be"):
        retry_until_stopped(work, "work", Event())
    assert work.calls == 1
