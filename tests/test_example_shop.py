"""The example shop: its scripts publish events that Crossdock reads, and understand those it publishes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from events.bus import Bus
from events.envelope import decode, encode
from events.open_bus import open_bus
from events.topology import TOPOLOGY
from schemas.payloads import CommerceShipped, OrderImported, OrderPlaced
from tests.builders import KEY, ORDER_ID
from tests.harness import SOON, eventually
from tests.ledger.values import NOON
from tests.servers.rabbitmq import SeparateAccounts

SHOP = Path(__file__).parent.parent / "examples" / "shop"
ORDERS = 3


@pytest.fixture
def bus(separate_accounts: SeparateAccounts) -> Iterator[Bus]:
    """A bus on a virtual host where every queue is declared, and each party has an account of its own."""
    with closing(open_bus(separate_accounts.admin_url, "crossdock test")) as opened:
        opened.declare(TOPOLOGY)
        yield opened


def test_the_upstream_script_publishes_each_order_placed_and_paid_for(
    bus: Bus, separate_accounts: SeparateAccounts
) -> None:
    url = separate_accounts.url("upstream")
    subprocess.run([sys.executable, SHOP / "amazon.py", url, str(ORDERS)], check=True, timeout=SOON)
    for consumer in ("order-placed", "status-changed"):
        eventually(partial(_has_all, bus, consumer), f"{consumer} has {ORDERS} events")
    (delivery,) = bus.subscribe("order-placed", 1).receive(1, SOON)
    assert isinstance(decode(delivery.message).payload, OrderPlaced)


def test_the_warehouse_ships_an_order_that_is_imported(bus: Bus, separate_accounts: SeparateAccounts) -> None:
    words = [sys.executable, str(SHOP / "warehouse.py"), separate_accounts.url("commerce"), "1"]
    with subprocess.Popen(words) as warehouse:
        try:
            eventually(lambda: _listens(bus), "the warehouse listens")
            imported = OrderImported.model_validate({**KEY, "commerce_order": {"number": "1", "status": "processing"}})
            bus.publish([encode(imported, "imported-1", NOON)]).wait(SOON)
            (delivery,) = bus.subscribe("commerce-shipped", 1).receive(1, SOON)
            assert warehouse.wait(SOON) == 0
        finally:
            warehouse.kill()
    shipped = decode(delivery.message).payload
    assert isinstance(shipped, CommerceShipped)
    assert (shipped.amazon_order_id, shipped.items) == (ORDER_ID, None)


def _has_all(bus: Bus, consumer: str) -> bool:
    return bus.message_count(consumer) == ORDERS


def _listens(bus: Bus) -> bool:
    try:
        return bus.consumer_count("commerce.warehouse") > 0
    except Exception:  # noqa: BLE001 - the queue is not there yet
        return False
