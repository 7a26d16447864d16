"""Served events: reports of a served Amazon and parcels of a served shop, in a possible order."""

from datetime import UTC, datetime

from gateways.simulator.world.scenarios import HARD, Scenario
from gateways.simulator.world.served_events import SHIPPED, served_events
from gateways.simulator.world.world import make_world
from schemas.payloads import AmazonReport, CommerceShipped

NOW = datetime(2026, 11, 1, tzinfo=UTC)
WORLD = make_world(1, 17, NOW, HARD)
SCRIPTS = {order.scenario: script for order, script in zip(WORLD.orders, served_events(WORLD), strict=True)}


def test_amazons_state_only_moves_on() -> None:
    for script in SCRIPTS.values():
        dates = [event.payload.last_update_date for event in script if isinstance(event.payload, AmazonReport)]
        assert dates == sorted(dates)


def test_an_order_whose_parcels_are_confirmed_is_not_reported_as_shipped_by_anybody_else() -> None:
    for script in SCRIPTS.values():
        parcels = [event for event in script if isinstance(event.payload, CommerceShipped)]
        reports = {event.payload.status for event in script if isinstance(event.payload, AmazonReport)}
        assert not parcels or not reports & set(SHIPPED)


def test_a_parcel_before_its_order_comes_first_and_others_wait_for_the_commerce_order() -> None:
    first, *others = SCRIPTS[Scenario.EARLY_PARCEL]
    assert isinstance(first.payload, CommerceShipped)
    assert not first.needs_commerce_order
    assert all(isinstance(event.payload, AmazonReport) for event in others)
    assert [event.needs_commerce_order for event in SCRIPTS[Scenario.TWO_PARCELS]] == [False, False, True, True]


def test_a_message_that_is_delivered_twice_happens_once() -> None:
    assert len(SCRIPTS[Scenario.DOUBLED]) == len(SCRIPTS[Scenario.SHIPPED])


def test_hard_stories_come_in_addition_and_leave_the_demos_world_as_it_is() -> None:
    demo = make_world(1, 17, NOW)
    assert WORLD.orders[:17] == demo.orders
    assert {order.scenario for order in WORLD.orders[17:]} == set(HARD)
    assert not {order.scenario for order in make_world(2, 500, NOW).orders} & set(HARD)
