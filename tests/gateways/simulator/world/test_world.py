"""The demo world is the same for its seed, has every outcome, and no event that could not occur."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest

from gateways.simulator.world.scenarios import HARD, Outcome, Scenario
from gateways.simulator.world.world import ScriptedEvent, ScriptedOrder, World, make_world
from schemas.amazon_report import Item
from schemas.blockers import BlockerKind
from schemas.payloads import CommerceShipped, OrderPlaced, StatusChanged
from schemas.status import AmazonStatus

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


@cache
def world_of_300() -> World:
    return make_world(seed=1, orders=300, now=NOW)


def orders_of(scenario: Scenario) -> list[ScriptedOrder]:
    return [order for order in world_of_300().orders if order.scenario is scenario]


def cost(item: Item) -> Decimal:
    plus = (item.item_price, item.item_tax, item.shipping_price, item.shipping_tax)
    assert item.discount is not None
    return sum((money.amount for money in plus if money), Decimal(0)) - item.discount.amount


@pytest.mark.parametrize("orders", [12, 17, 60])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_twelve_orders_or_more_have_every_outcome(seed: int, orders: int) -> None:
    world = make_world(seed, orders, NOW)
    assert len({order.key for order in world.orders}) == orders
    assert set(world.expected) == set(Outcome) - {scenario.outcome for scenario in HARD}


def test_a_small_world_has_the_requested_number_of_orders() -> None:
    assert [len(make_world(1, orders, NOW).orders) for orders in (0, 1, 5)] == [0, 1, 5]
    assert make_world(1, 0, NOW).steps() == []


def test_the_same_seed_makes_the_same_world_and_another_seed_another() -> None:
    assert make_world(7, 40, NOW) == make_world(7, 40, NOW)
    assert make_world(7, 40, NOW).orders != make_world(8, 40, NOW).orders


def test_most_orders_succeed() -> None:
    fine = {Outcome.COMPLETED, Outcome.FBA, Outcome.IMPORTED, Outcome.PARTIALLY_SHIPPED, Outcome.REPLACEMENT}
    assert sum(count for outcome, count in world_of_300().expected.items() if outcome in fine) > 200


def test_steps_have_every_event_once_in_order() -> None:
    steps = world_of_300().steps()
    assert all(event.step == number for number, step in enumerate(steps) for event in step)
    assert sum(map(len, steps)) == sum(len(order.events) for order in world_of_300().orders)


def test_blocked_orders_are_never_shipped_and_name_their_blocker() -> None:
    blocked = [order for order in world_of_300().orders if order.expected.blocker]
    assert {order.expected.blocker for order in blocked} == {
        BlockerKind.PRODUCT_MISSING,
        BlockerKind.PRODUCT_DISABLED,
        BlockerKind.OUT_OF_STOCK,
    }
    assert not any(isinstance(event.payload, CommerceShipped) for order in blocked for event in order.events)


def test_parcels_need_the_commerce_order_except_early_ones() -> None:
    waits = {
        (order.scenario is Scenario.EARLY_PARCEL, event.needs_commerce_order)
        for order in world_of_300().orders
        for event in order.events
        if isinstance(event.payload, CommerceShipped)
    }
    assert waits == {(False, True), (True, False)}


def test_early_parcels_are_published_before_their_order() -> None:
    for order in orders_of(Scenario.EARLY_PARCEL):
        assert isinstance(order.events[0].payload, CommerceShipped)
        assert isinstance(order.events[1].payload, OrderPlaced)


def test_doubled_deliveries_are_the_same_events_and_others_are_not() -> None:
    doubled = orders_of(Scenario.DOUBLED)[0]
    assert len(doubled.events) == 2 * len({event.event_id for event in doubled.events}) == 8
    others = [
        event.event_id
        for order in world_of_300().orders
        if order.scenario is not Scenario.DOUBLED
        for event in order.events
    ]
    assert len(set(others)) == len(others)


def test_late_events_are_older_than_those_before_them() -> None:
    first, second, *_, last = [event.payload for event in orders_of(Scenario.LATE)[0].events]
    assert isinstance(first, StatusChanged)
    assert isinstance(second, OrderPlaced)
    assert isinstance(last, StatusChanged)
    assert first.last_update_date > second.last_update_date == last.last_update_date
    assert last.status is AmazonStatus.PENDING


def test_old_orders_were_placed_before_the_integration_and_others_after() -> None:
    since = {store.store_id: store.integrated_at for store in world_of_300().stores}
    for order in world_of_300().orders:
        (placed,) = {event.payload.purchase_date for event in order.events if isinstance(event.payload, OrderPlaced)}
        integrated_at = since[order.key[0]]
        assert integrated_at is not None
        assert (placed < integrated_at) is (order.scenario is Scenario.OLD)


def test_only_the_store_without_import_has_view_only_orders() -> None:
    closed = {store.store_id for store in world_of_300().stores if not store.settings.import_orders}
    assert {order.key[0] in closed for order in orders_of(Scenario.VIEW_ONLY)} == {True}
    assert {order.key[0] in closed for order in world_of_300().orders if order.scenario is not Scenario.VIEW_ONLY} == {
        False
    }


def test_money_adds_up_and_replacements_cost_nothing() -> None:
    for order in world_of_300().orders:
        for report in (event.payload for event in order.events if isinstance(event.payload, StatusChanged)):
            if report.order_total and report.items:
                assert sum(map(cost, report.items)) == report.order_total.amount
                assert (report.order_total.amount == 0) is (order.scenario is Scenario.REPLACEMENT)


def test_every_event_survives_json_and_has_no_future_time() -> None:
    def moment(event: ScriptedEvent) -> datetime:
        payload = event.payload
        return payload.shipped_at if isinstance(payload, CommerceShipped) else payload.last_update_date

    for event in (event for order in world_of_300().orders for event in order.events):
        assert type(event.payload).model_validate_json(event.payload.model_dump_json()) == event.payload
        assert NOW - timedelta(days=3) < moment(event) < NOW


def test_buyers_are_fictitious() -> None:
    reports = [
        event.payload
        for order in world_of_300().orders
        for event in order.events
        if isinstance(event.payload, StatusChanged)
    ]
    buyers = [report.buyer for report in reports if report.buyer]
    assert buyers
    assert all((buyer.name or "").startswith("Test Buyer") for buyer in buyers)
    assert all((buyer.email or "").endswith("@example.com") for buyer in buyers)


def test_the_marketplace_has_each_order_once() -> None:
    placed = world_of_300().placed
    assert [(order.store_id, order.amazon_order_id) for order in placed] == [
        order.key for order in world_of_300().orders
    ]
