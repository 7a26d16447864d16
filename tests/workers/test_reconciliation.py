"""Reconciliation through the real clients: differences are found, repaired once, and the rest is reported."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from events.registry import CONSUMERS
from gateways.errors import RateUsedUpError
from gateways.routing import RoutedGateways
from gateways.simulator.gateways import SimulatedGateways
from gateways.simulator.sp_api.server import AmazonServer
from gateways.simulator.traffic import Trouble
from gateways.simulator.world.listings import stores
from ledger.batches import BatchRecord
from ledger.errors import OrderChangedMeanwhileError
from ledger.ledger import Ledger
from schemas.gateway_requests import CancelCommerceOrder
from schemas.message import Message
from schemas.order import Order, OrderKey
from schemas.reconciliation import DifferenceKind as Kind
from schemas.reconciliation import Reconciliation, ReconciliationRun
from schemas.settings import Settings
from schemas.status import AmazonStatus
from tests.builders import an_item, changed, placed, usd
from tests.gateways.simulator.sp_api.accounts import an_order as an_amazon_order
from tests.gateways.simulator.sp_api.accounts import place
from tests.harness import Pipeline
from tests.letters import LaterClock
from tests.workers.commerce import AMAZON_ORDER, KEY, ShopIntake, shop_intake, track
from tests.workers.intake import backlog
from tests.workers.served_amazon import connected_amazon
from workers.consumer import Consumer
from workers.order_events import order_event
from workers.process.bootstrap import ExternalSystems, opened_systems
from workers.process.parts import Parts
from workers.reconciliation import COMPARED, reconciliation
from workers.reconciliation_job import go_on_reconciling

SPAN = timedelta(days=2)


def reconcile(ledger: Ledger, settings: Settings, systems: ExternalSystems) -> Reconciliation:
    """Read all pages."""
    *_, outcome = reconciliation(ledger, settings, systems, SPAN)
    return outcome


@pytest.fixture
def shop(parts: Parts) -> Iterator[ShopIntake]:
    with shop_intake(parts) as opened:
        yield opened


def systems_of(pipeline: Pipeline, shop: ShopIntake | None = None) -> ExternalSystems:
    client = shop.connected.gateway.client if shop else None
    return ExternalSystems(pipeline.parts.gateways, pipeline.commerce.catalog, commerce=client)


def call_the_shop(pipeline: Pipeline, shop: ShopIntake) -> None:
    """Have the consumers call the served shop, and the simulated Amazon."""
    parts = replace(
        pipeline.parts, gateways=RoutedGateways(shop.connected.gateway, SimulatedGateways(pipeline.ledger.documents))
    )
    pipeline.close()
    pipeline.consumers = {name: Consumer(parts.processor(name), parts.bus, 100, 300) for name in CONSUMERS}


def record(pipeline: Pipeline, status: AmazonStatus = AmazonStatus.UNSHIPPED) -> None:
    """Record the shop's order as of now, which the ledger does not have as imported."""
    half = {"item_price": usd("5.00")}  # of the total that the shop's order has
    items = (an_item(1, seller_sku="MUG", quantity=3, **half), an_item(2, seller_sku="TEE", **half))
    now = datetime.now(UTC)
    facts = {"purchase_date": now, "last_update_date": now, "items": items}
    pipeline.handle(placed(amazon_order_id=AMAZON_ORDER, status=status, **facts))


def test_without_a_connection_only_the_ledger_is_looked_at(pipeline: Pipeline) -> None:
    record(pipeline)
    outcome = reconcile(pipeline.ledger, Settings(), systems_of(pipeline))
    assert outcome.summary == "1 orders, 0 repaired, 0 unexplained"
    assert len(outcome.notes) == 2


def test_an_order_that_commerce_has_is_adopted_and_drift_of_stock_is_reported(
    pipeline: Pipeline, shop: ShopIntake
) -> None:
    record(pipeline)
    shop.shop.reserve("MUG", 2, "by hand")
    outcome = reconcile(pipeline.ledger, Settings(), systems_of(pipeline, shop))
    assert [one.kind for one in outcome.differences] == [Kind.COMMERCE_ORDER_UNKNOWN, Kind.RESERVATION_DRIFT]
    assert (outcome.unexplained, outcome.complete) == (1, True)
    assert "MUG: 9 can be sold, 7 are there" in outcome.differences[1].details
    with pipeline.ledger.read() as work:
        assert work.reconciliations.latest() == outcome
        assert work.outbox.next_due() is not None


def test_a_shipment_without_an_event_is_found_and_read(pipeline: Pipeline, shop: ShopIntake) -> None:
    record(pipeline)
    order = pipeline.order(AMAZON_ORDER)
    number = {"number": shop.shop.orders[1]["increment_id"], "status": "processing"}
    with pipeline.ledger.begin() as work:
        imported = type(order).model_validate(
            order.model_dump() | {"commerce_order": number, "version": order.version + 1}
        )
        work.record("test", BatchRecord(orders=[imported], stored={order.key: order}))
    shop.ship(tracks=[track()])
    outcome = reconcile(pipeline.ledger, Settings(), systems_of(pipeline, shop))
    assert Kind.SHIPMENT_MISSING in [one.kind for one in outcome.differences]
    assert shop.waiting() == 1


@pytest.mark.parametrize("was_canceled", [False, True], ids=["open in Commerce", "canceled in Commerce"])
def test_an_order_that_was_imported_and_canceled_in_a_time_that_a_restore_lost_is_adopted_and_canceled(
    pipeline: Pipeline, shop: ShopIntake, was_canceled: bool
) -> None:
    call_the_shop(pipeline, shop)
    salable = shop.connected.salable("MUG")
    if was_canceled:
        shop.connected.perform(CancelCommerceOrder(KEY, str(shop.shop.orders[1]["increment_id"])))
    record(pipeline, AmazonStatus.PENDING)
    pipeline.handle(changed("Canceled", amazon_order_id=AMAZON_ORDER, last_update_date=datetime.now(UTC)))
    assert pipeline.order(AMAZON_ORDER).commerce_order is None
    systems = systems_of(pipeline, shop)
    assert reconcile(pipeline.ledger, Settings(), systems).summary == "1 orders, 1 repaired, 0 unexplained"
    pipeline.drain()
    assert [order["status"] for order in shop.shop.orders.values()] == ["canceled"]
    assert shop.connected.salable("MUG") == salable + 3
    assert reconcile(pipeline.ledger, Settings(), systems).differences == ()


def test_a_shop_that_is_away_leaves_it_incomplete(pipeline: Pipeline, shop: ShopIntake) -> None:
    record(pipeline)
    shop.connected.server.trouble = Trouble(throttled=1.0)
    outcome = reconcile(pipeline.ledger, Settings(), systems_of(pipeline, shop))
    assert outcome.summary.endswith("not complete")


@dataclass
class AmazonSide:
    """A served Amazon, which is compared with the ledger alone."""

    server: AmazonServer
    settings: Settings
    systems: ExternalSystems
    pipeline: Pipeline
    clock: LaterClock

    def place(self, *numbers: int) -> None:
        """Place orders, and let four minutes pass, after which a search finds them."""
        for number in numbers:
            place(self.server, an_amazon_order(number))
        self.clock.pass_time(minutes=4)

    def record(self) -> OrderKey:
        """Place an order and record it as Amazon reports it; return its key."""
        self.place(1)
        key = an_amazon_order(1).key
        event = order_event(self.systems.accounts[""].client.order(key, COMPARED), key)
        assert isinstance(event, Message)
        self.pipeline.publish([event])
        self.pipeline.drain()
        return key

    def reconcile(self) -> Reconciliation:
        return reconcile(self.pipeline.ledger, self.settings, self.systems)

    def in_progress(self) -> ReconciliationRun | None:
        with self.pipeline.ledger.read() as work:
            return work.reconciliations.in_progress()


@pytest.fixture
def amazon(pipeline: Pipeline, clock: LaterClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[AmazonSide]:
    pipeline.add_store(stores(clock())[0])
    with (
        connected_amazon(clock, monkeypatch) as (server, settings),
        opened_systems(settings, pipeline.ledger) as systems,
    ):
        yield AmazonSide(server, settings, replace_commerce(systems), pipeline, clock)


def change(pipeline: Pipeline, order: Order, **changes: object) -> None:
    """Record an order with other facts."""
    changed = type(order).model_validate(order.model_dump() | changes | {"version": order.version + 1})
    with pipeline.ledger.begin() as work:
        work.record("test", BatchRecord(orders=[changed], stored={order.key: order}))


def test_an_order_that_only_amazon_has_is_fetched(amazon: AmazonSide) -> None:
    amazon.place(1)
    outcome = amazon.reconcile()
    assert [one.kind for one in outcome.differences] == [Kind.ORDER_MISSING]
    assert (outcome.summary, backlog(amazon.pipeline.ledger)) == ("1 orders, 1 repaired, 0 unexplained", 1)


def test_an_order_that_both_have_alike_is_no_difference(amazon: AmazonSide) -> None:
    amazon.record()
    assert amazon.reconcile().summary == "1 orders, 0 repaired, 0 unexplained"


def test_another_total_than_amazons_is_reported(amazon: AmazonSide) -> None:
    order = amazon.pipeline.order(amazon.record()[1])
    change(amazon.pipeline, order, order_total={"currency": "USD", "amount": "1.00"})
    (difference,) = amazon.reconcile().differences
    assert (difference.kind, difference.repair) == (Kind.TOTAL, None)
    assert "the ledger has 1.00 USD" in difference.details


def test_a_parcel_that_amazon_does_not_have_is_confirmed_again(amazon: AmazonSide) -> None:
    order = amazon.pipeline.order(amazon.record()[1])
    items = [{"order_item_id": line.order_item_id, "quantity": line.quantity} for line in order.lines]
    shipped_at = datetime.now(UTC) - timedelta(hours=2)
    parcel = {"shipment_id": "77", "shipped_at": shipped_at, "carrier_code": "UPS", "tracking_number": "1Z"}
    number = {"number": "000000001", "status": "processing"}
    change(amazon.pipeline, order, commerce_order=number, parcels=[parcel | {"items": items, "confirmed_items": items}])
    (difference,) = amazon.reconcile().differences
    assert (difference.kind, difference.repair) == (Kind.PARCEL_NOT_CONFIRMED, "it is confirmed again")
    with amazon.pipeline.ledger.read() as work:
        assert work.outbox.next_due() is not None


def test_while_amazon_grants_no_search_the_reconciliation_waits_and_then_goes_on(
    amazon: AmazonSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    amazon.place(*range(1, 251))
    pages = reconciliation(amazon.pipeline.ledger, amazon.settings, amazon.systems, SPAN)
    assert next(pages).orders == 100
    with amazon.pipeline.ledger.begin() as work:
        work.rate_buckets.empty(f"amazon/{amazon.server.seller_id}/searchOrders", 0.0056 * 0.97, 18)
    with pytest.raises(RateUsedUpError):
        next(pages)
    amazon.clock.pass_time(minutes=60)
    assert [outcome.orders for outcome in amazon_pages(amazon)] == [200, 250, 250, 250]
    assert amazon.in_progress() is None
    assert backlog(amazon.pipeline.ledger) == 250
    assert amazon.server.rates.calls["searchOrders"] == 3


def amazon_pages(amazon: AmazonSide) -> Iterator[Reconciliation]:
    return reconciliation(amazon.pipeline.ledger, amazon.settings, amazon.systems, SPAN)


def test_the_scheduler_goes_on_with_a_reconciliation_in_progress(amazon: AmazonSide) -> None:
    amazon.place(*range(1, 151))
    assert list(go_on_reconciling(amazon.pipeline.ledger, amazon.settings, amazon.clock())) == []
    next(amazon_pages(amazon))
    assert list(go_on_reconciling(amazon.pipeline.ledger, amazon.settings, amazon.clock())) == [150, 150, 150]
    with amazon.pipeline.ledger.read() as work:
        latest = work.reconciliations.latest()
    assert latest
    assert latest.summary == "150 orders, 150 repaired, 0 unexplained"


def test_two_processes_never_record_one_page_twice(amazon: AmazonSide) -> None:
    amazon.place(*range(1, 151))
    slow, fast = amazon_pages(amazon), amazon_pages(amazon)
    next(slow)
    *_, outcome = fast
    assert outcome.orders == 150
    with pytest.raises(OrderChangedMeanwhileError):
        next(slow)


def test_more_orders_than_amazon_lists_in_a_day_are_left_out_and_the_rest_is_compared(amazon: AmazonSide) -> None:
    amazon.place(*range(1, 151))
    next(amazon_pages(amazon))
    amazon.clock.pass_time(hours=21)
    outcome = amazon.reconcile()
    assert (outcome.orders, outcome.complete, amazon.in_progress()) == (100, False, None)
    assert "more changed orders" in " ".join(outcome.notes)


def test_a_reconciliation_of_a_day_ago_is_given_up_for_a_new_one(amazon: AmazonSide) -> None:
    amazon.place(*range(1, 151))
    next(amazon_pages(amazon))
    amazon.clock.pass_time(hours=25)
    assert amazon.reconcile().orders == 150


def test_a_threshold_for_out_of_stock_is_no_drift(pipeline: Pipeline, shop: ShopIntake) -> None:
    record(pipeline)
    shop.shop.products["MUG"].threshold = 2
    outcome = reconcile(pipeline.ledger, Settings(), systems_of(pipeline, shop))
    assert [one.kind for one in outcome.differences] == [Kind.COMMERCE_ORDER_UNKNOWN]
    shop.shop.reserve("MUG", -1, "by hand")
    drift = reconcile(pipeline.ledger, Settings(), systems_of(pipeline, shop)).differences[-1]
    assert "MUG: 4 can be sold, 5 are there" in drift.details


def replace_commerce(systems: ExternalSystems) -> ExternalSystems:
    """Return the systems without a shop."""
    return systems._replace(commerce=None)
