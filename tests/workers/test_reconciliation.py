"""Reconciliation through the real clients: differences are found, repaired once, and the rest is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gateways.simulator.traffic import Trouble
from gateways.simulator.world.listings import stores
from ledger.batches import BatchRecord
from schemas.reconciliation import DifferenceKind as Kind
from schemas.settings import Settings
from schemas.status import AmazonStatus
from tests.builders import an_item, placed
from tests.gateways.simulator.sp_api.accounts import an_order as an_amazon_order
from tests.gateways.simulator.sp_api.accounts import place
from tests.harness import Pipeline
from tests.letters import LaterClock
from tests.workers.commerce import AMAZON_ORDER, ShopIntake, shop_intake, track
from tests.workers.intake import backlog
from tests.workers.served_amazon import connected_amazon
from workers.process.bootstrap import ExternalSystems, opened_systems
from workers.process.parts import Parts
from workers.reconciliation import reconcile

SPAN = timedelta(days=2)


@pytest.fixture
def shop(parts: Parts) -> Iterator[ShopIntake]:
    with shop_intake(parts) as opened:
        yield opened


def systems_of(pipeline: Pipeline, shop: ShopIntake | None = None) -> ExternalSystems:
    client = shop.connected.gateway.client if shop else None
    return ExternalSystems(pipeline.parts.gateways, pipeline.commerce.catalog, None, client)


def record(pipeline: Pipeline) -> None:
    """Record the shop's order as of now, which the ledger does not have as imported."""
    items = (an_item(1, seller_sku="MUG", quantity=3), an_item(2, seller_sku="TEE"))
    now = datetime.now(UTC)
    facts = {"purchase_date": now, "last_update_date": now, "items": items}
    pipeline.handle(placed(amazon_order_id=AMAZON_ORDER, status=AmazonStatus.UNSHIPPED, **facts))


def test_without_a_connection_only_the_ledger_is_looked_at(pipeline: Pipeline) -> None:
    record(pipeline)
    outcome = reconcile(pipeline.ledger, Settings(), systems_of(pipeline), SPAN)
    assert outcome.summary == "1 orders, 0 repaired, 0 unexplained"
    assert len(outcome.notes) == 2


def test_an_order_that_commerce_has_is_adopted_and_drift_of_stock_is_told(pipeline: Pipeline, shop: ShopIntake) -> None:
    record(pipeline)
    shop.shop.reserve("MUG", 2, "by hand")
    outcome = reconcile(pipeline.ledger, Settings(), systems_of(pipeline, shop), SPAN)
    assert [one.kind for one in outcome.differences] == [Kind.COMMERCE_ORDER_UNKNOWN, Kind.RESERVATION_DRIFT]
    assert (outcome.unexplained, outcome.complete) == (1, True)
    assert "MUG: 9 can be sold, 7 are there" in outcome.differences[1].details
    with pipeline.ledger.read() as work:
        assert work.reconciliations.latest() == outcome
        assert work.outbox.next_due() is not None


def test_a_shipment_that_nobody_told_is_read(pipeline: Pipeline, shop: ShopIntake) -> None:
    record(pipeline)
    order = pipeline.order(AMAZON_ORDER)
    number = {"number": shop.shop.orders[1]["increment_id"], "status": "processing"}
    with pipeline.ledger.begin() as work:
        imported = type(order).model_validate(
            order.model_dump() | {"commerce_order": number, "version": order.version + 1}
        )
        work.record("test", BatchRecord(orders=[imported], stored={order.key: order}))
    shop.ship(tracks=[track()])
    outcome = reconcile(pipeline.ledger, Settings(), systems_of(pipeline, shop), SPAN)
    assert Kind.SHIPMENT_MISSING in [one.kind for one in outcome.differences]
    assert shop.waiting() == 1


def test_a_shop_that_is_away_leaves_it_incomplete(pipeline: Pipeline, shop: ShopIntake) -> None:
    record(pipeline)
    shop.connected.server.trouble = Trouble(throttled=1.0)
    outcome = reconcile(pipeline.ledger, Settings(), systems_of(pipeline, shop), SPAN)
    assert outcome.summary.endswith("not complete")


def test_an_order_that_only_amazon_has_is_fetched(
    pipeline: Pipeline, clock: LaterClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pipeline.ledger.begin() as work:
        work.stores.save(stores(clock())[0])
    with (
        connected_amazon(clock, monkeypatch) as (server, settings),
        opened_systems(settings, pipeline.ledger) as systems,
    ):
        place(server, an_amazon_order(1))
        clock.pass_time(minutes=4)
        outcome = reconcile(pipeline.ledger, settings, replace_commerce(systems), SPAN)
        assert [one.kind for one in outcome.differences] == [Kind.ORDER_MISSING]
        assert (outcome.summary, backlog(pipeline.ledger)) == ("1 orders, 1 repaired, 0 unexplained", 1)


def replace_commerce(systems: ExternalSystems) -> ExternalSystems:
    """Return the systems without a shop."""
    return systems._replace(commerce=None)
