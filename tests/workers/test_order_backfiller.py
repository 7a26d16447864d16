"""The order backfiller: orders of the past are published once, page by page, from where it stood after any failure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from gateways.amazon.sp_api.rates import RATES, bucket_key, usable
from gateways.simulator.sp_api.server import AmazonServer
from gateways.simulator.traffic import Trouble
from gateways.simulator.world.listings import MAIN, stores
from operations.backfills import SPARE_TOKENS, BackfillProgress, pause_backfill, resume_backfill, show_backfill
from operations.context import Context
from schemas.backfills import BackfillState
from schemas.errors import RetryableError
from tests.gateways.simulator.sp_api.accounts import an_order
from tests.harness import Pipeline
from tests.letters import LaterClock
from tests.workers.backfilling import backfiller, place_orders, start
from tests.workers.served_amazon import connected_amazon
from workers.order_backfiller import TRIES, OrderBackfiller
from workers.process.bootstrap import context_of, opened_systems

BUCKET = usable(RATES["searchOrders"])


@dataclass
class Backfilling:
    """A backfiller, and the Amazon that it asks."""

    server: AmazonServer
    backfiller: OrderBackfiller
    context: Context
    clock: LaterClock

    def start(self, days: int, **span: str) -> str:
        """Start a backfill of the last days."""
        return start(self.context, days, **span)

    def work(self) -> int:
        """Read pages while one is due; return how many."""
        pages = 0
        while self.backfiller.turn():
            pages += 1
        return pages

    def show(self, backfill_id: str) -> BackfillProgress:
        """Return how far a backfill is."""
        return show_backfill(self.context, backfill_id)


@pytest.fixture
def backfilling(pipeline: Pipeline, clock: LaterClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backfilling]:
    pipeline.add_store(stores(clock())[0])
    with (
        connected_amazon(clock, monkeypatch) as (server, settings),
        opened_systems(settings, pipeline.ledger) as systems,
    ):
        context = context_of(settings, pipeline.ledger, systems)
        yield Backfilling(
            server, backfiller(pipeline.parts, systems.accounts[""].client, server.seller_id), context, clock
        )


def test_all_orders_of_the_span_are_recorded_and_no_others(backfilling: Backfilling, pipeline: Pipeline) -> None:
    ids = place_orders(backfilling.server, days=4, a_day=2)
    backfill_id = backfilling.start(days=3)
    assert backfilling.work() == 2, "windows of one day and two days"
    pipeline.drain()
    assert {pipeline.order(order_id).key for order_id in ids[2:]} == {(MAIN, order_id) for order_id in ids[2:]}
    with pipeline.ledger.read() as work:
        assert work.orders.find(ids[0]) is None
    ended = backfilling.show(backfill_id)
    assert (ended.state, ended.done, ended.orders, ended.published) == (BackfillState.FINISHED, 1.0, 6, 6)
    assert ended.ended_at is not None


def test_orders_that_the_ledger_has_as_late_are_not_published_again(
    backfilling: Backfilling, pipeline: Pipeline
) -> None:
    place_orders(backfilling.server, days=1, a_day=3)
    backfilling.start(days=1)
    backfilling.work()
    pipeline.drain()
    again = backfilling.start(days=1)
    backfilling.work()
    assert (backfilling.show(again).orders, backfilling.show(again).published) == (3, 0)


def test_a_page_whose_events_were_published_and_not_recorded_has_no_further_effect(
    backfilling: Backfilling, pipeline: Pipeline, clock: LaterClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = place_orders(backfilling.server, days=1, a_day=3)
    backfill_id = backfilling.start(days=1)
    with monkeypatch.context() as killed:
        killed.setattr(OrderBackfiller, "_change", lambda *_: None)
        backfilling.backfiller.turn()
    assert (backfilling.work(), backfilling.show(backfill_id).pages) == (0, 0), "the lease of the killed process"
    clock.pass_time(minutes=6)
    assert backfilling.work() == 1
    pipeline.drain()
    assert [entry.event for entry in pipeline.history((MAIN, ids[0]))] == ["order.placed", "import.requested"]


def test_all_pages_of_a_window_are_read_and_a_failed_one_again(backfilling: Backfilling, clock: LaterClock) -> None:
    place_orders(backfilling.server, days=1, a_day=230)
    backfill_id = backfilling.start(days=1)
    assert backfilling.backfiller.turn()
    backfilling.server.trouble = Trouble(lost=1.0, chance=random.Random(1))
    assert backfilling.work() == 0
    assert "Amazon failed to search orders" in backfilling.show(backfill_id).reason
    backfilling.server.trouble = Trouble()
    clock.pass_time(minutes=1)
    assert backfilling.work() == 2
    ended = backfilling.show(backfill_id)
    assert (ended.state, ended.orders, ended.pages, ended.reason) == (BackfillState.FINISHED, 230, 3, "")


def test_a_token_that_is_refused_begins_its_window_again_and_at_last_a_person_is_asked(
    backfilling: Backfilling, clock: LaterClock
) -> None:
    place_orders(backfilling.server, days=1, a_day=101)
    backfill_id = backfilling.start(days=1)
    for _ in range(TRIES - 1):
        assert backfilling.backfiller.turn()
        expire_token(backfilling, backfill_id)
        assert not backfilling.backfiller.turn()
        assert backfilling.show(backfill_id).state is BackfillState.RUNNING
    assert backfilling.work() > 0
    assert backfilling.show(backfill_id).state is BackfillState.FINISHED


def expire_token(backfilling: Backfilling, backfill_id: str) -> None:
    """Have the next page asked for with a token that Amazon does not accept."""
    with backfilling.context.ledger.begin() as work:
        work.backfills.save(replace(work.backfills.lock(backfill_id), page_token="expired"))


def test_calls_are_left_for_the_search_for_changed_orders(backfilling: Backfilling, clock: LaterClock) -> None:
    backfill_id = backfilling.start(days=700)
    take(backfilling, BUCKET.burst - SPARE_TOKENS)
    assert backfilling.work() == 0
    assert backfilling.show(backfill_id).state is BackfillState.RUNNING
    clock.pass_time(minutes=4)
    assert backfilling.work() == 1
    clock.pass_time(minutes=60)
    assert backfilling.work() + 1 >= 15


def take(backfilling: Backfilling, calls: int) -> None:
    key = bucket_key(backfilling.server.seller_id, "searchOrders")
    for _ in range(calls):
        with backfilling.context.ledger.begin() as work:
            assert work.rate_buckets.take(key, *BUCKET, max_wait=0) == 0


def test_the_expected_end_follows_from_the_orders_until_now_and_the_rate(
    backfilling: Backfilling, clock: LaterClock
) -> None:
    place_orders(backfilling.server, days=40, a_day=1)
    backfill_id = backfilling.start(days=40)
    assert backfilling.show(backfill_id).expected_end is None
    assert backfilling.backfiller.turn()
    first = backfilling.show(backfill_id)
    assert first.expected_end
    calls = 39 + SPARE_TOKENS - (BUCKET.burst - 1)
    expected = clock() + timedelta(seconds=calls / BUCKET.per_second)
    assert abs(first.expected_end - expected) < timedelta(minutes=5)
    backfilling.work()
    assert backfilling.show(backfill_id).expected_end is None


def test_a_paused_backfill_reads_no_page_until_it_is_resumed(backfilling: Backfilling) -> None:
    place_orders(backfilling.server, days=2, a_day=1)
    backfill_id = backfilling.start(days=2)
    assert backfilling.backfiller.turn()
    pause_backfill(backfilling.context, backfill_id, actor="ann", why="Too much.")
    assert backfilling.work() == 0
    assert backfilling.show(backfill_id).reason == "Paused by ann."
    resume_backfill(backfilling.context, backfill_id, actor="ann", why="Go on.")
    assert backfilling.work() == 1
    assert backfilling.show(backfill_id).state is BackfillState.FINISHED


def test_several_backfills_take_turns_and_each_has_the_orders_of_its_store(
    backfilling: Backfilling, pipeline: Pipeline, clock: LaterClock
) -> None:
    pipeline.add_store(stores(clock())[1])
    place_orders(backfilling.server, days=2, a_day=1)
    main, second = backfilling.start(days=2, store_id=MAIN), backfilling.start(days=2, store_id="demo-ca")
    assert backfilling.backfiller.turn()
    assert backfilling.backfiller.turn()
    assert (backfilling.show(main).pages, backfilling.show(second).pages) == (1, 1)
    backfilling.work()
    assert (backfilling.show(main).published, backfilling.show(second).published) == (2, 0)


def test_while_the_broker_is_away_the_page_waits(backfilling: Backfilling, monkeypatch: pytest.MonkeyPatch) -> None:
    place_orders(backfilling.server, days=1, a_day=1)
    backfill_id = backfilling.start(days=1)

    def away(*_: object) -> int:
        raise RetryableError("The broker is away.")

    with monkeypatch.context() as broken:
        broken.setattr(OrderBackfiller, "_publish", away)
        with pytest.raises(RetryableError):
            backfilling.backfiller.turn()
    assert backfilling.show(backfill_id).reason == "The broker is away."
    assert backfilling.work() == 1
    assert backfilling.show(backfill_id).published == 1


def test_an_order_that_is_no_event_is_a_dead_letter_and_stops_nothing(
    backfilling: Backfilling, pipeline: Pipeline
) -> None:
    ids = place_orders(backfilling.server, days=1, a_day=2)
    order = backfilling.server.marketplace.orders[ids[0]]
    order.facts = order.facts.model_copy(update={"items": ()})
    backfill_id = backfilling.start(days=1)
    backfilling.work()
    assert backfilling.show(backfill_id).published == 1
    (letter,) = pipeline.letters()
    assert letter.amazon_order_id == an_order(1).amazon_order_id
