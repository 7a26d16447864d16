"""Which loops run together in a process."""

import signal
import sys
from contextlib import closing
from pathlib import Path
from threading import Event, Thread, get_ident, main_thread

from structlog.testing import capture_logs

from ledger.cipher import Cipher
from ledger.ledger import Ledger
from tests.builders import placed
from tests.pipeline import eventually, opened_parts
from tests.workers.test_step import message
from workers.assembly import Parts
from workers.relay import Relay
from workers.roles import consumer_loops, run_together
from workers.stopping import stop_on_signals


def recorded(ledger: Ledger) -> int:
    with ledger.read() as work:
        return len(work.queries.list_orders().rows)


def test_a_consumer_that_is_named_twice_withholds_no_message(vhost_url: str, tmp_path: Path) -> None:
    orders, stop = 10, Event()
    with opened_parts(vhost_url, f"sqlite:///{tmp_path}/crossdock.db") as parts:
        parts.bus.publish([message(placed(amazon_order_id=f"123-1234567-{n:07}")) for n in range(orders)]).wait(5.0)
        loops = consumer_loops(parts, ["order-placed", "order-placed"])
        running = Thread(target=run_together, args=(loops, stop))
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
        self.told = stop.wait(20.0)


def where_main_is() -> tuple[int, int]:
    frame = sys._current_frames()[main_thread().ident or 0]
    return id(frame.f_code), frame.f_lasti


def test_a_signal_that_does_not_wake_the_main_thread_stops_the_loops() -> None:
    loop = CatchesTheSignal()
    with stop_on_signals() as stop:
        run_together({"loop": loop}, stop)
    assert loop.told


def test_a_loop_that_dies_of_what_an_operator_can_mend_says_it_in_a_sentence(parts: Parts, tmp_path: Path) -> None:
    with parts.ledger.begin() as work:
        work.put_in_outbox([message(placed())])
    other_key = Ledger.open(f"sqlite:///{tmp_path}/crossdock.db", Cipher.of([bytes(32)]))
    with closing(other_key), capture_logs() as said:
        assert not run_together({"relay": Relay(other_key, parts.bus)}, Event())
    (died,) = [line["fault"] for line in said if line["event"].startswith("a loop died")]
    assert "which is not among the keys given" in died


class Stumbles:
    """A loop that meets a fault of ours, whose text repeats what it was at."""

    def run(self, stop: Event) -> None:
        raise KeyError("Test Buyer")


def test_a_loop_that_dies_of_a_fault_of_ours_repeats_nothing_of_what_it_was_at() -> None:
    with capture_logs() as said:
        run_together({"loop": Stumbles()}, Event())
    assert ["KeyError in run" in line["fault"] for line in said] == [True]
    assert "Test Buyer" not in str(said)
