"""The circuit breaker opens after wholly deferred batches, and closes with the first event that is handled."""

from collections.abc import Callable, Sequence
from threading import Event

from structlog.testing import capture_logs

from events.bus import Delivery, never
from pipeline.processor import BatchResult
from workers.circuit_breaker import FAILED_BATCHES, LONGEST_PAUSE, CircuitBreaker

REFUSED = BatchResult(handled=5, deferred=5)
MIXED = BatchResult(handled=5, deferred=4)


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

    def notify(self) -> None:
        """Do nothing."""

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Do nothing."""

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Waited(Event):
    """A stop that never comes, and notes for how long it was waited for instead of waiting."""

    def __init__(self) -> None:
        """Start with an empty list."""
        super().__init__()
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Note it."""
        self.waits.append(timeout)
        return False


def opened(refused: int = FAILED_BATCHES) -> CircuitBreaker:
    breaker = CircuitBreaker("importer")
    for _ in range(refused):
        breaker.count(REFUSED)
    return breaker


def test_it_opens_after_some_batches_in_a_row_and_logs_it_once() -> None:
    assert not opened(FAILED_BATCHES - 1).is_open
    with capture_logs() as logged:
        assert opened(FAILED_BATCHES + 5).is_open
    assert [entry["event"] for entry in logged] == ["circuit breaker opened"]


def test_it_probes_with_one_message() -> None:
    assert opened().batch(100) == 1
    assert opened(0).batch(100) == 100


def test_one_event_that_is_not_deferred_closes_it() -> None:
    breaker = opened()
    breaker.count(MIXED)
    assert not breaker.is_open
    assert breaker.batch(100) == 100


def test_a_batch_that_is_deferred_in_part_restarts_the_count() -> None:
    breaker = opened(FAILED_BATCHES - 1)
    breaker.count(MIXED)
    breaker.count(REFUSED)
    assert not breaker.is_open


def test_deliveries_are_paused_between_probes_only() -> None:
    stop, tap = Waited(), Tap()
    opened(0).wait(tap, stop)
    assert (tap.noted, stop.waits) == ([], [])
    breaker = opened()
    breaker.wait(tap, stop)
    assert (tap.noted, stop.waits) == (["pause", "resume at 1"], [1.0])
    breaker.count(MIXED)
    breaker.wait(tap, stop)
    breaker.wait(tap, stop)
    assert tap.noted[2:] == ["pause", "resume"]


def test_the_pause_grows_to_its_limit_however_long_the_outage_lasts() -> None:
    stop = Waited()
    for more in (0, 1, 2, 20, 5000):
        opened(FAILED_BATCHES + more).wait(Tap(), stop)
    assert stop.waits == [1.0, 2.0, 4.0, LONGEST_PAUSE, LONGEST_PAUSE]
