"""The order sweeper: it finds orders whose notification never came, page by page, within Amazon's rate."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from gateways.simulator.sp_api.server import AmazonServer
from gateways.simulator.traffic import Trouble
from gateways.simulator.world.listings import MAIN, stores
from ledger.ledger import Ledger
from pipeline.liveness import Liveness
from tests.gateways.simulator.sp_api.accounts import an_order, place
from tests.harness import Pipeline
from tests.letters import LaterClock
from tests.workers.intake import a_seller, backlog
from tests.workers.served_amazon import connected_amazon
from workers.order_fetcher import OrderFetcher
from workers.order_sweeper import OrderSweeper
from workers.process.bootstrap import opened_systems
from workers.process.parts import Parts

PAUSE = timedelta(minutes=15)


@dataclass
class Sweeping:
    """A sweeper, a fetcher, and the Amazon that they ask."""

    server: AmazonServer
    sweeper: OrderSweeper
    fetcher: OrderFetcher
    ledger: Ledger
    clock: LaterClock

    def place(self, *numbers: int) -> None:
        """Place orders, and let four minutes pass, after which a search finds them."""
        for number in numbers:
            place(self.server, an_order(number))
        self.clock.pass_time(minutes=4)

    def found(self) -> int:
        """Sweep while a page is due; return how many orders are to be fetched."""
        while self.sweeper.turn():
            pass
        return backlog(self.ledger)


@pytest.fixture
def sweeping(parts: Parts, clock: LaterClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sweeping]:
    with parts.ledger.begin() as work:
        work.stores.save(stores(clock())[0])
    with (
        connected_amazon(clock, monkeypatch) as (server, settings),
        opened_systems(settings, parts.ledger) as systems,
    ):
        amazon, seller = systems.accounts[""].client, a_seller(server.seller_id)
        sweeper = OrderSweeper(parts.ledger, amazon, seller, PAUSE, Liveness())
        fetcher = OrderFetcher(parts.ledger, parts.bus, amazon, seller, ("FULFILLMENT",), Liveness())
        yield Sweeping(server, sweeper, fetcher, parts.ledger, clock)


def test_an_order_that_nobody_notified_us_of_is_found_and_recorded(sweeping: Sweeping, pipeline: Pipeline) -> None:
    sweeping.place(1)
    assert sweeping.found() == 1
    assert sweeping.fetcher.turn()
    pipeline.drain()
    assert pipeline.order(an_order(1).amazon_order_id).key == (MAIN, an_order(1).amazon_order_id)


def test_an_order_that_is_recorded_as_late_is_no_find(sweeping: Sweeping, pipeline: Pipeline) -> None:
    sweeping.place(1)
    sweeping.found()
    sweeping.fetcher.turn()
    pipeline.drain()
    sweeping.clock.pass_time(minutes=16)
    sweeping.place(2)
    assert sweeping.found() == 1
    assert sweeping.server.rates.calls["searchOrders"] == 2


def test_a_search_waits_for_its_turn_and_begins_a_little_before_the_last_ones_end(sweeping: Sweeping) -> None:
    sweeping.place(1)
    assert sweeping.found() == 1
    assert not sweeping.sweeper.turn(), "the pause is not over"
    with sweeping.ledger.read() as work:
        until = work.order_sweeps.swept_until(sweeping.server.seller_id)
    assert until
    assert timedelta(minutes=3) <= sweeping.clock() - until < timedelta(minutes=4)
    order = sweeping.server.marketplace.orders[an_order(1).amazon_order_id]
    order.changed_at = until - timedelta(minutes=5)
    sweeping.clock.pass_time(minutes=16)
    assert sweeping.sweeper.turn()
    assert backlog(sweeping.ledger) == 1


def test_all_pages_are_read_and_a_failed_one_is_asked_for_again(sweeping: Sweeping) -> None:
    sweeping.place(*range(1, 131))
    sweeping.server.trouble = Trouble(lost=1.0, chance=random.Random(1))
    assert sweeping.found() == 0
    sweeping.server.trouble = Trouble()
    sweeping.clock.pass_time(minutes=1)
    assert sweeping.sweeper.turn()
    assert backlog(sweeping.ledger) == 100
    assert sweeping.found() == 130


def test_a_token_that_is_refused_begins_the_search_again(sweeping: Sweeping) -> None:
    sweeping.place(*range(1, 102))
    assert sweeping.sweeper.turn()
    with sweeping.ledger.begin() as work:
        sweep = work.order_sweeps.claim(sweeping.server.seller_id, PAUSE, PAUSE, timedelta(0))
        assert sweep
        assert sweep.page_token
        work.order_sweeps.go_on(sweep, "no token of Amazon's")
    assert not sweeping.sweeper.turn()
    assert sweeping.found() == 101


def test_a_search_beyond_the_rate_waits(sweeping: Sweeping) -> None:
    sweeping.place(1)
    with sweeping.ledger.begin() as work:
        key = f"amazon/{sweeping.server.seller_id}/searchOrders"
        work.rate_buckets.empty(key, 0.0056 * 0.97, 18)
    assert sweeping.found() == 0
    assert sweeping.server.rates.calls["searchOrders"] == 0
    sweeping.clock.pass_time(minutes=4)
    assert sweeping.found() == 1


def test_an_order_of_a_marketplace_without_store_is_left_out(sweeping: Sweeping) -> None:
    place(sweeping.server, an_order(1))
    order = sweeping.server.marketplace.orders[an_order(1).amazon_order_id]
    order.facts = order.facts.model_copy(update={"marketplace_id": "A1AM78C64UM0Y8"})
    sweeping.clock.pass_time(minutes=4)
    assert sweeping.found() == 0
