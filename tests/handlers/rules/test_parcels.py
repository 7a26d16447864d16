"""The contents of parcels that share items, and the confirmation of a corrected parcel."""

from itertools import permutations

import pytest

from handlers.rules.parcels import contents
from schemas.payloads import CommerceShipped
from schemas.product import Product
from tests.builders import a_report, an_item, changed, placed, shipped
from tests.handlers.world import World


def _world(quantity: int, *, at_amazon: int | None = None) -> World:
    """Return a world with an imported order of one line; *at_amazon* is its quantity there by now, if another."""
    world = World()
    world.stock(Product(sku="SKU-1", name="Product", quantity=100))
    world.gateways.amazon.place([placed(items=(an_item(quantity=at_amazon or quantity),))])
    world.publish(a_report("Unshipped", items=(an_item(quantity=quantity),)))
    return world


def _packed(world: World) -> dict[str, int]:
    return {name: sum(item.quantity for item in items) for name, items in contents(world.order()).items()}


def _confirmed(world: World) -> dict[str, int]:
    return {name: sum(item.quantity for item in items) for name, items in world.confirmed.items()}


@pytest.mark.parametrize("arrival", list(permutations([0, 1])))
def test_a_parcel_of_everything_yields_to_a_later_one_with_items(
    arrival: tuple[int, int],
) -> None:
    parcels = [shipped("everything", 60), shipped("named", 61, items={"item-1": 1})]
    world = _world(3)
    world.publish(*(parcels[index] for index in arrival))
    assert _packed(world) == _confirmed(world) == {"everything": 2, "named": 1}


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "a")])
def test_of_two_parcels_with_the_same_item_the_one_shipped_first_contains_it(first: str, second: str) -> None:
    world = _world(1)
    world.publish(shipped(second, 61, items={"item-1": 1}), shipped(first, 60, items={"item-1": 1}))
    assert _packed(world) == {first: 1, second: 0}


def _with_corrected_tracking_number(parcel: CommerceShipped) -> CommerceShipped:
    later = {"shipped_at": parcel.shipped_at.replace(second=30), "tracking_number": "TRACK-CORRECTED"}
    return parcel.model_copy(update=later)


def test_a_corrected_tracking_number_is_confirmed_again() -> None:
    world, parcel = _world(1), shipped(items={"item-1": 1})
    world.publish(parcel, _with_corrected_tracking_number(parcel))
    (market,) = world.gateways.amazon.orders()
    confirmed = market.parcels["parcel-1"]
    assert (confirmed.tracking_number, confirmed.confirmations) == ("TRACK-CORRECTED", 2)
    assert not world.order().parcels[0].changed_since_confirmed


def test_confirmed_items_are_kept_while_the_confirmation_of_a_correction_is_outstanding() -> None:
    world, everything = _world(2), shipped("p9", 70)
    world.publish(everything)
    world.handle(_with_corrected_tracking_number(everything))
    world.queue.clear()
    world.publish(shipped("p3", 63, items={"item-1": 1}))
    world.resend_unanswered()
    assert world.rejected == []
    assert _confirmed(world) == {"p3": 1, "p9": 1}
    (market,) = world.gateways.amazon.orders()
    assert market.parcels["p9"].tracking_number == "TRACK-CORRECTED"


def test_an_empty_parcel_is_rejected_by_name() -> None:
    world = _world(1)
    world.publish(shipped("a", 60, items={"item-1": 1}), shipped("b", 61, items={"item-1": 1}))
    assert len(world.rejected) == 1
    assert world.rejected[0].startswith("Shipment b is empty: everything ordered is in other shipments.")
    assert world.order().note == world.rejected[0]


def test_an_empty_parcel_is_resolved_by_a_report_of_a_higher_quantity() -> None:
    world = _world(1, at_amazon=2)
    world.publish(shipped("a", 60, items={"item-1": 1}), shipped("b", 61, items={"item-1": 1}))
    assert len(world.rejected) == 1
    world.publish(changed("Unshipped", 70, items=(an_item(quantity=2),)))
    assert world.rejected == []
    assert _confirmed(world) == {"a": 1, "b": 1}


def test_an_empty_parcel_of_a_canceled_order_is_called_back_and_not_rejected() -> None:
    world = _world(1)
    world.publish(changed("Canceled", 5, items=(an_item(quantity=0),)), shipped("a", 60))
    assert world.rejected == []
    assert "call the parcel back" in world.history[-1]
