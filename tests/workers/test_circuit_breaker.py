"""The circuit breaker opens after events that fail in a row, and closes with the first event that is handled."""

from collections.abc import Callable, Sequence

from structlog.testing import capture_logs

from events.bus import Delivery, never
from pipeline.processor import BatchResult
from workers.circuit_breaker import FAILED_EVENTS, LONGEST_PAUSE, CircuitBreaker

FAILED = BatchResult(handled=1, deferred=1, outages=1)
OUTAGE = BatchResult(handled=FAILED_EVENTS, deferred=FAILED_EVENTS, outages=FAILED_EVENTS)
THROTTLED = BatchResult(handled=1, deferred=1)
MIXED = BatchResult(handled=5, deferred=4, outages=4)
HANDLED = BatchResult(handled=1)


class Tap:
    """A subscription that notes when it is closed and opened."""

    def __init__(self) -> None:
        """Start with an empty list."""
        self.noted: list[str] = []

    def pause(self) -> None:
        """Note it."""
        self.noted.append("pause")

    def release(self) -> None:
        """Note it."""
        self.noted.append("release")

    def resume(self, limit: int | None = None) -> None:
        """Note it."""
        self.noted.append(f"resume at {limit}" if limit else "resume")

    def receive(self, max_messages: int, timeout: float, interrupted: Callable[[], bool] = never) -> list[Delivery]:
        """Return nothing."""
        return []

    @property
    def ready(self) -> bool:
        """Have nothing."""
        return False

    @property
    def unacknowledged(self) -> int:
        """Hold nothing."""
        return 0

    def notify(self) -> None:
        """Do nothing."""

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Do nothing."""

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        """Start at noon."""
        self.now = 43200.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


def opened(clock: Clock | None = None) -> CircuitBreaker:
    breaker = CircuitBreaker("importer", clock or Clock())
    breaker.count(OUTAGE)
    return breaker


def fail_probe(breaker: CircuitBreaker, tap: Tap, clock: Clock) -> float:
    """Let a probe through and have it fail; return the seconds that it had to be waited for."""
    began, tap.noted = clock.now, []
    while "resume at 1" not in tap.noted:
        breaker.regulate(tap)
        clock.now += 1.0
    breaker.count(FAILED)
    return clock.now - 1.0 - began


def test_it_opens_after_some_events_in_a_row_and_logs_it_once() -> None:
    breaker = CircuitBreaker("importer")
    states = []
    with capture_logs() as logged:
        for _ in range(FAILED_EVENTS + 1):
            breaker.count(FAILED)
            states.append(breaker.is_open)
    assert states == [False] * (FAILED_EVENTS - 1) + [True, True]
    assert [entry["event"] for entry in logged] == ["circuit breaker opened"]


def test_losses_that_come_and_go_do_not_open_it() -> None:
    breaker = CircuitBreaker("importer")
    for _ in range(FAILED_EVENTS):
        for _ in range(FAILED_EVENTS - 1):
            breaker.count(FAILED)
        breaker.count(HANDLED)
    assert not breaker.is_open


def test_throttled_events_neither_open_nor_close_it() -> None:
    breaker, opened_one = CircuitBreaker("importer"), opened()
    for _ in range(2 * FAILED_EVENTS):
        breaker.count(THROTTLED)
        opened_one.count(THROTTLED)
    assert not breaker.is_open
    assert opened_one.is_open


def test_it_probes_with_one_message() -> None:
    assert opened().batch(100) == 1
    assert CircuitBreaker("importer").batch(100) == 100


def test_one_event_that_is_not_deferred_closes_it() -> None:
    breaker = opened()
    breaker.count(MIXED)
    assert not breaker.is_open
    assert breaker.batch(100) == 100


def test_deliveries_are_paused_between_probes_only() -> None:
    clock, tap = Clock(), Tap()
    CircuitBreaker("importer", clock).regulate(tap)
    assert tap.noted == []
    breaker = opened(clock)
    breaker.regulate(tap)
    breaker.regulate(tap)
    assert tap.noted == ["pause"]
    clock.now += 1.0
    breaker.regulate(tap)
    breaker.regulate(tap)
    assert tap.noted == ["pause", "resume at 1"]
    breaker.count(HANDLED)
    breaker.regulate(tap)
    breaker.regulate(tap)
    assert tap.noted[2:] == ["pause", "resume"]


def test_an_answer_that_comes_during_the_pause_ends_it() -> None:
    breaker, tap = opened(), Tap()
    breaker.regulate(tap)
    breaker.count(MIXED)
    breaker.regulate(tap)
    assert tap.noted == ["pause", "pause", "resume"]


def test_the_pause_grows_to_its_limit_however_long_the_outage_lasts() -> None:
    clock, tap = Clock(), Tap()
    breaker = opened(clock)
    assert [fail_probe(breaker, tap, clock) for _ in range(8)] == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE]


def test_requests_that_were_under_way_when_it_opened_do_not_make_the_pause_longer() -> None:
    clock, tap = Clock(), Tap()
    breaker = opened(clock)
    for _ in range(30):
        breaker.count(FAILED)
    assert fail_probe(breaker, tap, clock) == 1
