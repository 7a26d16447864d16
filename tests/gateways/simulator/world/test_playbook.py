"""The playbook: what happens at a served Amazon and in a served shop, in the order in which it can."""

from datetime import UTC, datetime

from gateways.simulator.world.playbook import SHIPPED, playbook
from gateways.simulator.world.scenarios import HARD, Story
from gateways.simulator.world.world import make_world
from schemas.payloads import AmazonReport, CommerceShipped

NOW = datetime(2026, 11, 1, tzinfo=UTC)
WORLD = make_world(1, 17, NOW, HARD)
SCRIPTS = {order.story: script for order, script in zip(WORLD.orders, playbook(WORLD), strict=True)}


def test_amazons_state_only_moves_on() -> None:
    for script in SCRIPTS.values():
        dates = [act.payload.last_update_date for act in script if isinstance(act.payload, AmazonReport)]
        assert dates == sorted(dates)


def test_an_order_whose_parcels_are_confirmed_is_not_reported_as_shipped_by_anybody_else() -> None:
    for script in SCRIPTS.values():
        parcels = [act for act in script if isinstance(act.payload, CommerceShipped)]
        reports = {act.payload.status for act in script if isinstance(act.payload, AmazonReport)}
        assert not parcels or not reports & set(SHIPPED)


def test_a_parcel_before_its_order_comes_first_and_others_wait_for_the_commerce_order() -> None:
    first, *others = SCRIPTS[Story.EARLY_PARCEL]
    assert isinstance(first.payload, CommerceShipped)
    assert not first.needs_commerce_order
    assert all(isinstance(act.payload, AmazonReport) for act in others)
    assert [act.needs_commerce_order for act in SCRIPTS[Story.TWO_PARCELS]] == [False, False, True, True]


def test_a_message_that_is_delivered_twice_happens_once() -> None:
    assert len(SCRIPTS[Story.DOUBLED]) == len(SCRIPTS[Story.SHIPPED])


def test_hard_stories_come_in_addition_and_leave_the_demos_world_as_it_is() -> None:
    demo = make_world(1, 17, NOW)
    assert WORLD.orders[:17] == demo.orders
    assert {order.story for order in WORLD.orders[17:]} == set(HARD)
    assert not {order.story for order in make_world(2, 500, NOW).orders} & set(HARD)
