"""The intake of several sellers: each order comes by its own seller's account, into its own seller's store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest

from operations.backfills import show_backfill, start_backfill
from operations.store_changes import change_store
from pipeline.liveness import Liveness
from schemas.communication_errors import ErrorFilter
from schemas.errors import SettingsError
from schemas.status import AmazonStatus
from tests.gateways.simulator.sp_api.accounts import an_order
from tests.harness import Pipeline, eventually
from tests.letters import LaterClock
from tests.workers.served_sellers import TwoSellers, two_sellers
from workers.amazon_intake import amazon_loops
from workers.amazon_subscription import subscribe
from workers.order_backfiller import OrderBackfiller
from workers.order_fetcher import OrderFetcher
from workers.process.amazon import opened_amazon
from workers.process.bootstrap import context_of, opened_systems
from workers.runner import run_loops

SHARED, ONLY_BETA = an_order(1), an_order(2)
INCLUDED = ("FULFILLMENT",)


@pytest.fixture
def sellers(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoSellers]:
    with two_sellers(lambda: datetime.now(UTC), monkeypatch) as served:
        served.connect_stores(pipeline.ledger)
        for seller in served.settings.sellers:
            subscribe(served.settings, seller, pipeline.ledger, replace=False)
        yield served


@contextmanager
def running(pipeline: Pipeline, sellers: TwoSellers) -> Iterator[None]:
    """Run all loops of the intake until the end of the block."""
    stop = Event()
    with opened_systems(sellers.settings, pipeline.ledger) as systems:
        loops = amazon_loops(replace(pipeline.parts, settings=sellers.settings, accounts=systems.accounts))
        thread = Thread(target=run_loops, args=(loops, stop))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def published(pipeline: Pipeline, orders: int) -> None:
    eventually(lambda: pipeline.parts.bus.message_count("order-placed") == orders, f"{orders} orders are published")


def test_one_order_id_under_two_sellers_is_two_orders_each_as_its_seller_has_it(
    pipeline: Pipeline, sellers: TwoSellers
) -> None:
    sellers.acme.marketplace.take(SHARED.placed())
    sellers.beta.marketplace.take(SHARED.placed())
    sellers.beta.marketplace.take(SHARED.paid(AmazonStatus.UNSHIPPED, 1))
    with running(pipeline, sellers):
        published(pipeline, 2)
    pipeline.drain()
    with pipeline.ledger.read() as work:
        found = work.orders.load([(store, SHARED.amazon_order_id) for store in ("acme", "beta")], lock=False)
    statuses = {store: order.amazon_status for (store, _), order in found.items()}
    assert statuses == {"acme": AmazonStatus.PENDING, "beta": AmazonStatus.UNSHIPPED}
    assert sellers.acme.rates.calls["getOrder"] == sellers.beta.rates.calls["getOrder"] == 1


def test_a_seller_whose_credentials_are_revoked_stops_no_other(pipeline: Pipeline, sellers: TwoSellers) -> None:
    sellers.revoke_acme()
    sellers.acme.marketplace.take(SHARED.placed())
    sellers.beta.marketplace.take(ONLY_BETA.placed())
    with running(pipeline, sellers):
        published(pipeline, 1)
        eventually(lambda: "acme" in failed_sellers(pipeline), "the refusal is logged with the seller")
    pipeline.drain()
    assert pipeline.order(ONLY_BETA.amazon_order_id).key[0] == "beta"
    assert failed_sellers(pipeline) == {"acme"}


def failed_sellers(pipeline: Pipeline) -> set[str | None]:
    with pipeline.ledger.read() as work:
        return {error.seller for error in work.communication_errors.latest(ErrorFilter(), 100)}


def test_a_seller_whose_calls_are_used_up_stops_no_other(pipeline: Pipeline, sellers: TwoSellers) -> None:
    while sellers.acme.rates.take("getOrder"):
        pass
    sellers.acme.rates.factor = 1e-6
    sellers.acme.marketplace.take(SHARED.placed())
    sellers.beta.marketplace.take(ONLY_BETA.placed())
    with running(pipeline, sellers):
        published(pipeline, 1)
        eventually(lambda: sellers.acme.rates.refused["getOrder"] > 1, "the other seller's call is refused")
    assert sellers.beta.rates.refused["getOrder"] == 0


def test_a_seller_without_a_store_in_the_marketplace_gives_its_orders_to_no_other(
    pipeline: Pipeline, sellers: TwoSellers
) -> None:
    with pipeline.ledger.begin() as work:
        beta = work.stores.load(["beta"])["beta"]
        work.stores.save(beta.model_copy(update={"marketplace_id": "A1PA6795UKMFR9"}))
    sellers.beta.marketplace.take(ONLY_BETA.placed())
    sellers.acme.marketplace.take(SHARED.placed())
    with running(pipeline, sellers):
        published(pipeline, 1)
        eventually(lambda: not sellers.server.queue.messages, "both notifications are handled")
    pipeline.drain()
    with pipeline.ledger.read() as work:
        assert work.orders.load([("acme", ONLY_BETA.amazon_order_id)], lock=False) == {}


def test_each_seller_signs_in_with_its_own_token(pipeline: Pipeline, sellers: TwoSellers) -> None:
    key = ("beta", ONLY_BETA.amazon_order_id)
    sellers.beta.marketplace.take(ONLY_BETA.placed())
    acme, beta = sellers.settings.sellers
    with opened_amazon(acme, pipeline.ledger) as one, opened_amazon(beta, pipeline.ledger) as other:
        assert other.client.order(key, ("FULFILLMENT",))["orderId"] == key[1]
        one.client.check_access(("FULFILLMENT",))
    assert [grant.seller_id for grant in sellers.server.sign_in.grants.values() if grant.seller_id][-2:] == [
        sellers.beta.seller_id,
        sellers.acme.seller_id,
    ]


def test_a_changed_order_is_fetched_by_the_account_of_its_stores_seller_alone(
    pipeline: Pipeline, sellers: TwoSellers
) -> None:
    sellers.beta.marketplace.take(ONLY_BETA.placed())
    with pipeline.ledger.begin() as work:
        work.changed_orders.put({("beta", ONLY_BETA.amazon_order_id): None})
    with opened_systems(sellers.settings, pipeline.ledger) as systems:
        acme, beta = (
            OrderFetcher(
                pipeline.ledger, pipeline.parts.bus, systems.accounts[seller.name].client, seller, INCLUDED, Liveness()
            )
            for seller in sellers.settings.sellers
        )
        assert (acme.turn(), beta.turn()) == (False, True)
    assert pipeline.parts.bus.message_count("order-placed") == 1


def test_a_backfill_whose_store_went_to_another_seller_is_paused_with_the_reason(
    pipeline: Pipeline, sellers: TwoSellers
) -> None:
    acme, _ = sellers.settings.sellers
    context = context_of(sellers.settings, pipeline.ledger)
    since = pipeline.ledger.now() - timedelta(days=2)
    started = start_backfill(context, since, None, "acme", actor="alice", why="a test")
    change_store(context, "acme", {"seller": "beta"}, actor="alice")
    with opened_systems(sellers.settings, pipeline.ledger) as systems:
        client = systems.accounts["acme"].client
        worker = OrderBackfiller(pipeline.ledger, pipeline.parts.bus, client, acme, INCLUDED, Liveness())
        assert not worker.turn()
    shown = show_backfill(context, started.backfill_id)
    assert (shown.state, shown.reason) == ("paused", "No store to be searched belongs to the seller acme.")


def test_a_seller_without_a_queue_is_named(
    pipeline: Pipeline, clock: LaterClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_sellers(clock, monkeypatch, CROSSDOCK_AMAZON_QUEUE_URL="") as served:
        parts = replace(pipeline.parts, settings=served.settings)
        with pytest.raises(SettingsError, match="CROSSDOCK_AMAZON_ACME_QUEUE_URL is missing"):
            amazon_loops(parts)
