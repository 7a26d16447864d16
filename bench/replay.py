"""Replay: blocked orders are replayed to a running importer; beside it, requests of imports to the same importer.

The simulated Commerce keeps its books in the same database, so a creation costs about as much as two writes of it; the
comparison is of one way of asking with the other.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.contenders import PYTHON
from bench.environment import Environment
from bench.errors import BenchError
from bench.processes import running
from events.envelope import encode
from events.open_bus import open_bus
from events.topology import TOPOLOGY
from gateways.simulator.gateways import SimulatedGateways
from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import read_or_make_key
from ledger.ledger import Ledger, utc_now
from operations.context import Context
from operations.replays.control import start
from operations.replays.dry_run import plan
from operations.replays.lookup import progress
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.blockers import BlockerKind
from schemas.dead_letters import LetterFilter, LetterState
from schemas.payloads import ImportRequested, StatusChanged
from schemas.product import Product
from schemas.replays import ReplayPace, ReplayState
from schemas.settings import Settings
from schemas.store import Store

SKU = "SKU-REPLAY"
STORE = Store(store_id="bench-replay", name="Bench replay")
BATCH = 100
STALL_LIMIT = 120.0
"""Seconds without an order imported after which the measurement counts as stuck."""

LOOK_EVERY = 0.2
"""Seconds between two looks at the orders, which are counted each time."""

FASTEST = ReplayPace(rate=1_000_000.0, ramp=False)


@dataclass(frozen=True, slots=True)
class Replayed:
    """Orders a second: those replayed, and as many that were asked for directly. `dry_run` is in seconds."""

    letters: int
    replayed: float
    asked: float
    dry_run: float


def measure_replay(environment: Environment, letters: int) -> Replayed:
    """Block twice so many orders by a product that is not there, add it, ask for one half and replay the other."""
    ledger = Ledger.open(
        environment.database_url, Cipher.of([read_or_make_key(environment.servers.folder / "vault.key")])
    )
    try:
        gateways = SimulatedGateways(ledger.documents)
        _block(ledger, gateways, 2 * letters)
        gateways.commerce.catalog.save([Product(sku=SKU, name="Replayed", managed=False)])
        with _importing(environment):
            asked = _rate(letters, lambda: _ask(environment, ledger, letters))
            started = time.monotonic()
            letter_filter = LetterFilter(kind=BlockerKind.PRODUCT_MISSING, key=SKU, state=LetterState.OPEN)
            context = Context(Settings(), ledger, gateways, gateways.commerce.catalog)
            planned = plan(context, letter_filter, FASTEST)
            dry_run = time.monotonic() - started
            replayed = _rate(planned.count, lambda: _replay(context, letter_filter, planned.token))
        return Replayed(planned.count, replayed, asked, dry_run)
    finally:
        ledger.close()


def _block(ledger: Ledger, gateways: SimulatedGateways, orders: int) -> None:
    """Block this number of orders, in this process."""
    with ledger.begin() as work:
        work.stores.save(STORE)
    reports, imports = (BatchProcessor(name, ledger, gateways, Deadlines()) for name in ("status-changed", "importer"))
    for first in range(0, orders, BATCH):
        published = [_report(number) for number in range(first, min(first + BATCH, orders))]
        follow_ups = reports.take(
            [encode(report, f"bench-{report.amazon_order_id}", utc_now()) for report in published]
        ).follow_ups
        imports.take([follow_up for follow_up in follow_ups if follow_up.name == "import.requested"])


def _key(number: int) -> dict[str, str]:
    return {"store_id": STORE.store_id, "amazon_order_id": f"704-{number // 10**7:07d}-{number % 10**7:07d}"}


def _report(number: int) -> StatusChanged:
    return StatusChanged.model_validate(
        {
            **_key(number),
            "status": "Unshipped",
            "purchase_date": "2026-01-01T00:00:00Z",
            "last_update_date": "2026-01-02T00:00:00Z",
            "marketplace_id": "ATVPDKIKX0DER",
            "fulfillment_channel": "MFN",
            "order_total": {"currency": "USD", "amount": "10.00"},
            "items": [
                {
                    "order_item_id": "1",
                    "seller_sku": SKU,
                    "quantity": 1,
                    "item_price": {"currency": "USD", "amount": "10.00"},
                }
            ],
            "shipping_address": {
                "name": "Bench Buyer",
                "line1": "1 Bench Street",
                "city": "Benchville",
                "region": "CA",
                "postal_code": "90001",
                "country_code": "US",
            },
        }
    )


@contextmanager
def _importing(environment: Environment) -> Iterator[None]:
    bus = open_bus(environment.broker_url, "bench")
    bus.declare(TOPOLOGY)
    bus.close()
    commands = [[*PYTHON, "crossdock", "work", "importer"], [*PYTHON, "crossdock", "relay"]]
    with running(commands, environment.variables(), environment.log):
        yield


def _rate(orders: int, work: Callable[[], None]) -> float:
    started = time.monotonic()
    work()
    return orders / (time.monotonic() - started)


def _ask(environment: Environment, ledger: Ledger, orders: int) -> None:
    bus = open_bus(environment.broker_url, "bench")
    asked = (ImportRequested(**_key(number)) for number in range(orders))
    bus.publish([encode(request, f"bench-again-{request.amazon_order_id}", utc_now()) for request in asked]).wait(
        STALL_LIMIT
    )
    bus.close()
    done, moved = 0, time.monotonic()
    while done < orders:
        time.sleep(LOOK_EVERY)
        with ledger.read() as work:
            now = work.orders.counts()["import_state"].get("imported", 0)
        if now > done:
            done, moved = now, time.monotonic()
        elif time.monotonic() - moved > STALL_LIMIT:
            raise BenchError(f"Only {done:,} of {orders:,} orders were imported.")


def _replay(context: Context, letter_filter: LetterFilter, token: str) -> None:
    """Start a replay, which the relay carries out, and wait for its end."""
    started = start(context, letter_filter, token, pace=FASTEST, actor="bench", reason="to measure it")
    sums = progress(context, started.replay_id).sums
    while sums.state is ReplayState.RUNNING:
        time.sleep(LOOK_EVERY)
        sums = progress(context, started.replay_id).sums
    if sums.state is not ReplayState.FINISHED or sums.ok != started.letters:
        raise BenchError(f"The replay ended as {sums.state} with {sums.ok:,} of {started.letters:,} orders imported.")
