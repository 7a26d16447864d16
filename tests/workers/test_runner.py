"""The loops that run together in a process."""

import signal
import sys
from pathlib import Path
from threading import Event, Thread, get_ident, main_thread

import pytest
from structlog.testing import capture_logs

from ledger.encryption.cipher import Cipher
from ledger.errors import CipherError
from ledger.ledger import Ledger
from tests.builders import placed
from tests.harness import SOON, eventually, opened_parts
from tests.pipeline.test_processor import message
from workers.process.shutdown import stop_on_signals
from workers.runner import consumer_loops, run_loops


def recorded(ledger: Ledger) -> int:
    with ledger.read() as work:
        return len(work.order_lists.page().rows)


def test_a_consumer_that_is_named_twice_withholds_no_message(vhost_url: str, tmp_path: Path) -> None:
    orders, stop = 10, Event()
    with opened_parts(vhost_url, f"sqlite:///{tmp_path}/crossdock.db") as parts:
        parts.bus.publish([message(placed(amazon_order_id=f"123-1234567-{n:07}")) for n in range(orders)]).wait(SOON)
        loops = consumer_loops(parts, ["order-placed", "order-placed"])
        running = Thread(target=run_loops, args=(loops, stop))
        running.start()
        try:
            eventually(lambda: recorded(parts.ledger) == orders, "all orders are recorded")
        finally:
            stop.set()
            running.join()


class CatchesTheSignal:
    """A loop whose thread the signal comes to, once the main thread sits still: that one is not woken by it."""

    def run(self, stop: Event) -> None:
        before = None
        while before != (before := where_main_is()):
            stop.wait(0.05)
        signal.pthread_kill(get_ident(), signal.SIGTERM)
        self.was_stopped = stop.wait(20.0)


def where_main_is() -> tuple[int, int]:
    frame = sys._current_frames()[main_thread().ident or 0]
    return id(frame.f_code), frame.f_lasti


def test_a_signal_that_does_not_wake_the_main_thread_stops_the_loops() -> None:
    loop = CatchesTheSignal()
    with stop_on_signals() as stop:
        run_loops({"loop": loop}, stop)
    assert loop.was_stopped


class Dies:
    """A loop that ends by an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def run(self, stop: Event) -> None:
        raise self._error


def error_of(error: Exception) -> list[str]:
    """The error that is logged for a loop that crashes."""
    with capture_logs() as logged:
        assert not run_loops({"loop": Dies(error)}, Event())
    return [line["error"] for line in logged]


def test_a_loop_that_crashes_with_an_operators_error_logs_its_sentence() -> None:
    encrypted = Cipher.of([bytes(32)]).encrypt(b"body", "outbox/1")
    with pytest.raises(CipherError) as caught:
        Cipher.of([bytes(range(32))]).decrypt(encrypted, "outbox/1")
    (error,) = error_of(caught.value)
    assert "which is not among the keys given" in error


def test_a_loop_that_crashes_with_a_bug_logs_no_personal_data() -> None:
    (error,) = error_of(KeyError("Test Buyer"))
    assert "KeyError in run" in error
    assert "Test Buyer" not in error
