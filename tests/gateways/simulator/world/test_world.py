"""The demo world is the same for its seed, has every outcome, and no event that could not occur."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gateways.simulator.world.scenarios import HARD, Outcome, Story
from gateways.simulator.world.world import ScriptedEvent, ScriptedOrder, make_world
from schemas.amazon_report import Item
from schemas.blockers import BlockerKind
from schemas.payloads import CommerceShipped, OrderPlaced, StatusChanged
from schemas.status import AmazonStatus

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
WORLD = make_world(seed=1, orders=300, now=NOW)


def orders_of(story: Story) -> list[ScriptedOrder]:
    return [order for order in WORLD.orders if order.story is story]


def cost(item: Item) -> Decimal:
    plus = (item.item_price, item.item_tax, item.shipping_price, item.shipping_tax)
    assert item.discount is not None
    return sum((money.amount for money in plus if money), Decimal(0)) - item.discount.amount


@pytest.mark.parametrize("orders", [12, 17, 60])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_twelve_orders_or_more_have_every_outcome(seed: int, orders: int) -> None:
    world = make_world(seed, orders, NOW)
    assert len({order.key for order in world.orders}) == orders
    assert set(world.expected) == set(Outcome) - {story.outcome for story in HARD}


def test_a_small_world_has_the_requested_number_of_orders() -> None:
    assert [len(make_world(1, orders, NOW).orders) for orders in (0, 1, 5)] == [0, 1, 5]
    assert make_world(1, 0, NOW).steps() == []


def test_the_same_seed_makes_the_same_world_and_another_seed_another() -> None:
    assert make_world(7, 40, NOW) == make_world(7, 40, NOW)
    assert make_world(7, 40, NOW).orders != make_world(8, 40, NOW).orders


def test_most_orders_succeed() -> None:
    fine = {Outcome.COMPLETED, Outcome.FBA, Outcome.IMPORTED, Outcome.PARTIALLY_SHIPPED, Outcome.REPLACEMENT}
    assert sum(count for outcome, count in WORLD.expected.items() if outcome in fine) > 200


def test_steps_have_every_event_once_in_order() -> None:
    steps = WORLD.steps()
    assert all(act.step == number for number, step in enumerate(steps) for act in step)
    assert sum(map(len, steps)) == sum(len(order.acts) for order in WORLD.orders)


def test_blocked_orders_are_never_shipped_and_name_their_blocker() -> None:
    blocked = [order for order in WORLD.orders if order.expected.blocker]
    assert {order.expected.blocker for order in blocked} == {
        BlockerKind.PRODUCT_MISSING,
        BlockerKind.PRODUCT_DISABLED,
        BlockerKind.OUT_OF_STOCK,
    }
    assert not any(isinstance(act.payload, CommerceShipped) for order in blocked for act in order.acts)


def test_parcels_need_the_commerce_order_except_early_ones() -> None:
    waits = {
        (order.story is Story.EARLY_PARCEL, act.needs_commerce_order)
        for order in WORLD.orders
        for act in order.acts
        if isinstance(act.payload, CommerceShipped)
    }
    assert waits == {(False, True), (True, False)}


def test_early_parcels_are_published_before_their_order() -> None:
    for order in orders_of(Story.EARLY_PARCEL):
        assert isinstance(order.acts[0].payload, CommerceShipped)
        assert isinstance(order.acts[1].payload, OrderPlaced)


def test_doubled_deliveries_are_the_same_events_and_others_are_not() -> None:
    doubled = orders_of(Story.DOUBLED)[0]
    assert len(doubled.acts) == 2 * len({act.event_id for act in doubled.acts}) == 8
    others = [act.event_id for order in WORLD.orders if order.story is not Story.DOUBLED for act in order.acts]
    assert len(set(others)) == len(others)


def test_late_events_are_older_than_those_before_them() -> None:
    first, second, *_, last = [act.payload for act in orders_of(Story.LATE)[0].acts]
    assert isinstance(first, StatusChanged)
    assert isinstance(second, OrderPlaced)
    assert isinstance(last, StatusChanged)
    assert first.last_update_date > second.last_update_date == last.last_update_date
    assert last.status is AmazonStatus.PENDING


def test_old_orders_were_placed_before_the_integration_and_others_after() -> None:
    since = {store.store_id: store.integrated_at for store in WORLD.stores}
    for order in WORLD.orders:
        (placed,) = {act.payload.purchase_date for act in order.acts if isinstance(act.payload, OrderPlaced)}
        integrated_at = since[order.key[0]]
        assert integrated_at is not None
        assert (placed < integrated_at) is (order.story is Story.OLD)


def test_only_the_store_without_import_has_view_only_orders() -> None:
    closed = {store.store_id for store in WORLD.stores if not store.settings.import_orders}
    assert {order.key[0] in closed for order in orders_of(Story.VIEW_ONLY)} == {True}
    assert {order.key[0] in closed for order in WORLD.orders if order.story is not Story.VIEW_ONLY} == {False}


def test_money_adds_up_and_replacements_cost_nothing() -> None:
    for order in WORLD.orders:
        for report in (act.payload for act in order.acts if isinstance(act.payload, StatusChanged)):
            if report.order_total and report.items:
                assert sum(map(cost, report.items)) == report.order_total.amount
                assert (report.order_total.amount == 0) is (order.story is Story.REPLACEMENT)


def test_every_event_survives_json_and_has_no_future_time() -> None:
    def moment(act: ScriptedEvent) -> datetime:
        payload = act.payload
        return payload.shipped_at if isinstance(payload, CommerceShipped) else payload.last_update_date

    for act in (act for order in WORLD.orders for act in order.acts):
        assert type(act.payload).model_validate_json(act.payload.model_dump_json()) == act.payload
        assert NOW - timedelta(days=3) < moment(act) < NOW


def test_buyers_are_fictitious() -> None:
    reports = [act.payload for order in WORLD.orders for act in order.acts if isinstance(act.payload, StatusChanged)]
    buyers = [report.buyer for report in reports if report.buyer]
    assert buyers
    assert all((buyer.name or "").startswith("Test Buyer") for buyer in buyers)
    assert all((buyer.email or "").endswith("@example.com") for buyer in buyers)


def test_the_marketplace_has_each_order_once() -> None:
    placed = WORLD.placed
    assert [(order.store_id, order.amazon_order_id) for order in placed] == [order.key for order in WORLD.orders]
