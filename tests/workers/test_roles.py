"""Which loops run together in a process."""

from pathlib import Path
from threading import Event, Thread

from ledger.ledger import Ledger
from tests.builders import placed
from tests.pipeline import eventually, opened_parts
from tests.workers.test_step import message
from workers.roles import consumer_loops, run_together


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
