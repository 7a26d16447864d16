"""An order's lines: which there are, under whose ids, and what is kept of each."""

from itertools import permutations

import pytest

from handlers.change_status import decide
from schemas.amazon_report import Item
from schemas.order import Order
from schemas.synthetic_items import synthetic_id
from tests.builders import ORDER_ID, a_report, an_item, an_order, at, changed, known, placed, shipped, usd
from tests.handlers.world import World


def _made_up(place: int, **facts: object) -> Item:
    """Return an item as an all-orders report tells it: without an id of Amazon's."""
    return an_item(place, order_item_id=synthetic_id(ORDER_ID, place), **facts)


def _ids(order: Order | None) -> list[str]:
    assert order is not None
    return [line.order_item_id for line in order.lines]


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_a_line_that_comes_back_has_all_that_was_told_of_it(arrival: tuple[int, ...]) -> None:
    told = [
        (an_item(1, quantity_shipped=1), an_item(2)),
        (an_item(2),),
        (an_item(1, item_price=None), an_item(2)),
    ]
    world = World()
    world.tell(placed(last_update_date=at(-1), items=(an_item(2),)))
    world.tell(*(changed("Unshipped", place, items=told[place]) for place in arrival))
    line = world.order().lines[0]
    assert (line.order_item_id, line.item_price, line.quantity_shipped) == ("item-1", usd("10.00"), 1)
    assert world.order().removed_lines == ()


def test_a_line_that_comes_back_is_as_many_pieces_as_the_report_that_brings_it_says() -> None:
    world = World()
    world.tell(a_report(items=(an_item(1, quantity=3), an_item(2))))
    world.tell(changed(minutes=2, items=(an_item(2),)), changed(minutes=3, items=(an_item(1, quantity=2), an_item(2))))
    assert [line.quantity for line in world.order().lines] == [2, 1]


def test_what_a_late_report_tells_of_a_line_that_is_left_out_is_kept_for_its_return() -> None:
    world = World()
    world.tell(a_report(minutes=5, items=(an_item(2),)))
    world.tell(changed(minutes=2, items=(an_item(1), an_item(2))))
    assert _ids(world.order()) == ["item-2"]
    world.tell(changed(minutes=6, items=(an_item(1, item_price=None), an_item(2))))
    assert world.order().lines[0].item_price == usd("10.00")


def test_a_report_without_amazons_ids_replaces_no_lines_that_have_them() -> None:
    world = World()
    world.tell(a_report(items=(an_item(1, quantity=2), an_item(2))))
    world.tell(changed(minutes=1440, items=(_made_up(1, quantity=2), _made_up(2))))
    assert _ids(world.order()) == ["item-1", "item-2"]
    world.tell(shipped("a", items={"item-1": 2}), shipped("b"))
    assert world.rejected == []
    assert [len(parcel.confirmed_items or ()) for parcel in world.order().parcels] == [1, 1]


@pytest.mark.parametrize("minutes", [0, 1, 5])
def test_amazons_ids_replace_made_up_ones_however_late_they_come(minutes: int) -> None:
    first = decide(known(), a_report(items=(_made_up(1), _made_up(2)))).order
    assert _ids(first) == [f"{ORDER_ID}/1", f"{ORDER_ID}/2"]
    assert _ids(decide(known(first), changed(minutes=minutes, items=(an_item(2), an_item(1)))).order) == [
        "item-2",
        "item-1",
    ]


def test_of_two_reports_without_amazons_ids_the_later_counts() -> None:
    first = decide(known(), a_report(items=(_made_up(1), _made_up(2)))).order
    assert _ids(decide(known(first), changed(minutes=5, items=(_made_up(2),))).order) == [f"{ORDER_ID}/2"]
    assert _ids(decide(known(first), changed(minutes=0, items=(_made_up(2),))).order or first) == _ids(first)


def test_an_order_stored_before_left_out_lines_were_kept_means_the_same() -> None:
    order = an_order()
    document = order.model_dump(mode="json", exclude={"removed_lines"}, exclude_none=True)
    assert Order.model_validate(document) == order


def test_amazon_cannot_have_shipped_more_of_a_line_than_was_ordered() -> None:
    order = decide(known(), a_report(items=(an_item(quantity=2, quantity_shipped=3),))).order
    assert order is not None
    assert order.lines[0].quantity_shipped == 2
