"""Which loops run together in a process."""

import signal
import sys
from pathlib import Path
from threading import Event, Thread, get_ident, main_thread

from ledger.ledger import Ledger
from tests.builders import placed
from tests.pipeline import eventually, opened_parts
from tests.workers.test_step import message
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
