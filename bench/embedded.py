"""The embedded mode: broker and database inside one process, `memory://` and SQLite. Prints its events a second.

A process of its own, so that nothing of the bench shares its memory: `python -m bench.embedded ORDERS`.
"""

import sys
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter

from bench.errors import BenchError
from bench.load import EVENTS_PER_ORDER, STORE, upstream_event
from events.open_bus import open_bus
from events.topology import TOPOLOGY
from gateways.simulator.gateways import SimulatedGateways
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from schemas.message import Message
from schemas.settings import Settings
from workers.consumer import Consumer
from workers.process.logs import set_up_logs
from workers.process.parts import Parts

CONSUMERS = ("order-placed", "status-changed")


def rate(orders: int) -> float:
    """Send three events an order through both consumers, and return events a second."""
    with TemporaryDirectory(prefix="crossdock-bench-") as folder:
        ledger = Ledger.open(f"sqlite:///{Path(folder) / 'bench.db'}", Cipher.of([token_bytes(32)]))
        bus = open_bus("memory://", "bench")
        ledger.migrate()
        bus.declare(TOPOLOGY)
        with ledger.begin() as work:
            work.stores.save(STORE)
        parts = Parts(Settings(), ledger, bus, SimulatedGateways(ledger.documents))
        seconds = sum(_leg(parts, orders, step) for step in range(EVENTS_PER_ORDER))
        bus.close()
        ledger.close()
    return orders * EVENTS_PER_ORDER / seconds


def _leg(parts: Parts, orders: int, step: int) -> float:
    events = (upstream_event(number, step) for number in range(orders))
    parts.bus.publish([Message(event.id, event.name, event.body, event.order_id) for event in events]).wait(1.0)
    settings = parts.settings
    consumers = [Consumer(parts.processor(name), parts.bus, settings.batch, settings.prefetch) for name in CONSUMERS]
    stop, handled = Event(), 0
    started = perf_counter()
    while taken := sum(consumer.turn(stop) for consumer in consumers):
        handled += taken
    seconds = perf_counter() - started
    for consumer in consumers:
        consumer.close()
    if handled != orders:
        raise BenchError(f"{handled} events were handled instead of {orders}.")
    return seconds


if __name__ == "__main__":
    set_up_logs("warning")
    print(rate(int(sys.argv[1])))
