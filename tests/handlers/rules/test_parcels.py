"""What is in each parcel when several want the same pieces, and what Amazon is told of a corrected one."""

from itertools import permutations

import pytest

from handlers.rules.parcels import contents
from schemas.payloads import CommerceShipped
from schemas.product import Product
from tests.builders import a_report, an_item, changed, placed, shipped
from tests.handlers.world import World


def _world(quantity: int, *, in_truth: int | None = None) -> World:
    """Return a world with an imported order of one line of so many pieces; Amazon may know of more by now."""
    world = World()
    world.stock(Product(sku="SKU-1", name="Product", quantity=100))
    world.outside.amazon.place([placed(items=(an_item(quantity=in_truth or quantity),))])
    world.tell(a_report("Unshipped", items=(an_item(quantity=quantity),)))
    return world


def _packed(world: World) -> dict[str, int]:
    return {name: sum(item.quantity for item in items) for name, items in contents(world.order()).items()}


def _told(world: World) -> dict[str, int]:
    return {name: sum(item.quantity for item in items) for name, items in world.confirmed.items()}


@pytest.mark.parametrize("arrival", list(permutations([0, 1])))
def test_a_parcel_of_everything_that_left_first_yields_to_a_later_one_that_names_its_items(
    arrival: tuple[int, int],
) -> None:
    parcels = [shipped("everything", 60), shipped("named", 61, items={"item-1": 1})]
    world = _world(3)
    world.tell(*(parcels[place] for place in arrival))
    assert _packed(world) == _told(world) == {"everything": 2, "named": 1}


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "a")])
def test_of_two_parcels_that_name_the_same_piece_the_one_that_left_first_holds_it_whatever_its_id(
    first: str, second: str
) -> None:
    world = _world(1)
    world.tell(shipped(second, 61, items={"item-1": 1}), shipped(first, 60, items={"item-1": 1}))
    assert _packed(world) == {first: 1, second: 0}


def _with_corrected_tracking_number(parcel: CommerceShipped) -> CommerceShipped:
    later = {"shipped_at": parcel.shipped_at.replace(second=30), "tracking_number": "TRACK-CORRECTED"}
    return parcel.model_copy(update=later)


def test_a_corrected_tracking_number_alone_is_told_to_amazon_again() -> None:
    world, parcel = _world(1), shipped(items={"item-1": 1})
    world.tell(parcel, _with_corrected_tracking_number(parcel))
    (market,) = world.outside.amazon.orders()
    told = market.parcels["parcel-1"]
    assert (told.tracking_number, told.times_told) == ("TRACK-CORRECTED", 2)
    assert not world.order().parcels[0].changed_since_confirmed


def test_what_amazon_believes_of_a_parcel_is_not_forgotten_while_its_correction_is_put_off() -> None:
    world, everything = _world(2), shipped("p9", 70)
    world.tell(everything)
    world.deliver(_with_corrected_tracking_number(everything))
    world.queue.clear()
    world.tell(shipped("p3", 63, items={"item-1": 1}))
    world.say_again()
    assert world.rejected == []
    assert _told(world) == {"p3": 1, "p9": 1}
    (market,) = world.outside.amazon.orders()
    assert market.parcels["p9"].tracking_number == "TRACK-CORRECTED"


def test_a_parcel_for_which_others_leave_nothing_is_rejected_by_name() -> None:
    world = _world(1)
    world.tell(shipped("a", 60, items={"item-1": 1}), shipped("b", 61, items={"item-1": 1}))
    assert len(world.rejected) == 1
    assert world.rejected[0].startswith("Shipment b holds nothing: all that was ordered is in other shipments;")
    assert world.order().note == world.rejected[0]


def test_a_parcel_for_which_others_left_nothing_is_settled_by_a_report_of_more_pieces() -> None:
    world = _world(1, in_truth=2)
    world.tell(shipped("a", 60, items={"item-1": 1}), shipped("b", 61, items={"item-1": 1}))
    assert len(world.rejected) == 1
    world.tell(changed("Unshipped", 70, items=(an_item(quantity=2),)))
    assert world.rejected == []
    assert _told(world) == {"a": 1, "b": 1}


def test_an_empty_parcel_of_a_canceled_order_is_called_back_and_nothing_else() -> None:
    world = _world(1)
    world.tell(changed("Canceled", 5, items=(an_item(quantity=0),)), shipped("a", 60))
    assert world.rejected == []
    assert "call the parcel back" in world.history[-1]
