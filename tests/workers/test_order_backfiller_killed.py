"""A backfill whose process is killed at any point is carried on by another, and each order is recorded once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from gateways.simulator.world.listings import MAIN, stores
from ledger.ledger import Ledger
from operations.backfills import show_backfill
from operations.context import Context
from operations.simulator import amazon_settings_for
from schemas.backfills import BackfillState
from tests.harness import SOON, eventually, opened_parts
from tests.workers.backfill_child import POINTS
from tests.workers.backfilling import place_orders, start
from tests.workers.served_amazon import connected_amazon
from workers.consumer import Consumer
from workers.process.bootstrap import simulated_systems

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
A_DAY, DAYS = 102, 2
"""Two windows of two pages."""

CRASHES = [*((point, 1) for point in POINTS), ("a page was read", 2), ("its events were published", 3)]


def run_child(environment: dict[str, str], point: str, passing: int, later: int) -> int:
    """Carry backfills out in a process; return how it ended."""
    words = [sys.executable, "-m", "tests.workers.backfill_child", point, str(passing), str(later)]
    ended = subprocess.run(words, cwd=ROOT, env=environment, timeout=SOON, capture_output=True, text=True, check=False)
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode


@pytest.mark.parametrize(("point", "passing"), CRASHES)
def test_a_backfill_killed_when(
    vhost_url: str, migrated_database_url: str, monkeypatch: pytest.MonkeyPatch, point: str, passing: int
) -> None:
    with (
        opened_parts(vhost_url, migrated_database_url) as parts,
        closing(Consumer(parts.processor("order-placed"), parts.bus, 100, 300)) as consumer,
        connected_amazon(lambda: datetime.now(UTC), monkeypatch) as (server, settings),
    ):
        with parts.ledger.begin() as work:
            work.stores.save(stores(datetime.now(UTC))[0])
        ids = place_orders(server, DAYS, A_DAY)
        context = Context(settings, parts.ledger, parts.gateways, simulated_systems(parts.ledger).catalog)
        backfill_id = start(context, DAYS)
        environment = os.environ | amazon_settings_for(server, int(server.url.rpartition(":")[2]))
        environment |= {"CROSSDOCK_BROKER_URL": vhost_url, "CROSSDOCK_DATABASE_URL": migrated_database_url}
        assert run_child(environment, point, passing, later=0) == -signal.SIGKILL
        assert show_backfill(context, backfill_id).state is BackfillState.RUNNING
        assert run_child(environment, "no point", 1, later=6) == 0
        ended = show_backfill(context, backfill_id)
        assert (ended.state, ended.orders) == (BackfillState.FINISHED, len(ids))
        eventually(
            lambda: not consumer.turn(Event(), 0.5) and all(histories(parts.ledger, ids)), "all orders are recorded"
        )
        assert histories(parts.ledger, ids) == [["order.placed"]] * len(ids)


def histories(ledger: Ledger, order_ids: Iterable[str]) -> list[list[str]]:
    """Return the names of the events of each order."""
    with ledger.read() as work:
        return [[entry.event for entry in work.history.of_order((MAIN, order_id))] for order_id in order_ids]
