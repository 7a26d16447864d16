"""A backfill in a process of its own, which kills itself at a named point: `backfill_child POINT PASSING LATER`.

`CROSSDOCK_…` variables name the servers and the seller.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from events.open_bus import open_bus
from gateways.amazon.sp_api.client import AmazonClient
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from ledger.orders.backfills import Backfills
from schemas.settings import read_settings
from tests.harness import VAULT_KEY
from tests.workers.backfilling import backfiller
from workers.order_backfiller import OrderBackfiller
from workers.process.bootstrap import opened_systems
from workers.process.parts import Parts

POINTS: Mapping[str, tuple[type, str]] = {
    "a page was claimed": (Backfills, "claim"),
    "a page was read": (AmazonClient, "search"),
    "its events were published": (OrderBackfiller, "_publish"),
    "the page was recorded": (OrderBackfiller, "_change"),
}
"""Each point: the method after which the process dies."""


def arm(point: str, passing: int) -> None:
    """Die after the given passing of a point."""
    owner, name = POINTS[point]
    original: Callable[..., Any] = getattr(owner, name)
    left = passing

    def passed(*given: Any, **named: Any) -> Any:
        nonlocal left
        result = original(*given, **named)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, passed)


def main(point: str, passing: str, later: str) -> None:
    """Read pages until none is due, or until this process dies."""
    settings = read_settings()
    url = settings.database_url.get_secret_value()
    ledger = Ledger.open(url, Cipher.of([VAULT_KEY]), lambda: datetime.now(UTC) + timedelta(minutes=float(later)))
    if point in POINTS:
        arm(point, int(passing))
    with closing(ledger), opened_systems(settings, ledger) as systems:
        bus = open_bus(settings.broker_url.get_secret_value(), "crossdock backfill test")
        client, (seller,) = systems.accounts[""].client, settings.sellers
        worker = backfiller(Parts(settings, ledger, bus, systems.gateways), client, seller.account)
        while worker.turn():
            pass
        bus.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
