"""An order's lines: the list, their ids, and the facts kept of each."""

from itertools import permutations

import pytest

from handlers.change_status import decide
from schemas.amazon_report import Item
from schemas.order import Order
from schemas.synthetic_items import synthetic_id
from tests.builders import ORDER_ID, a_report, an_item, an_order, at, changed, order_context, placed, shipped, usd
from tests.handlers.world import World


def _synthetic(position: int, **facts: object) -> Item:
    """Return an item as an all-orders report has it: with a synthetic id."""
    return an_item(position, order_item_id=synthetic_id(ORDER_ID, position), **facts)


def _ids(order: Order | None) -> list[str]:
    assert order is not None
    return [line.order_item_id for line in order.lines]


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_a_line_listed_again_has_all_its_reported_facts(arrival: tuple[int, ...]) -> None:
    reported = [
        (an_item(1, quantity_shipped=1), an_item(2)),
        (an_item(2),),
        (an_item(1, item_price=None), an_item(2)),
    ]
    world = World()
    world.publish(placed(last_update_date=at(-1), items=(an_item(2),)))
    world.publish(*(changed("Unshipped", position, items=reported[position]) for position in arrival))
    line = world.order().lines[0]
    assert (line.order_item_id, line.item_price, line.quantity_shipped) == ("item-1", usd("10.00"), 1)
    assert world.order().removed_lines == ()


def test_a_line_listed_again_has_the_quantity_of_the_listing_report() -> None:
    world = World()
    world.publish(a_report(items=(an_item(1, quantity=3), an_item(2))))
    world.publish(
        changed(minutes=2, items=(an_item(2),)), changed(minutes=3, items=(an_item(1, quantity=2), an_item(2)))
    )
    assert [line.quantity for line in world.order().lines] == [2, 1]


def test_late_facts_of_a_removed_line_are_kept_until_it_is_listed_again() -> None:
    world = World()
    world.publish(a_report(minutes=5, items=(an_item(2),)))
    world.publish(changed(minutes=2, items=(an_item(1), an_item(2))))
    assert _ids(world.order()) == ["item-2"]
    world.publish(changed(minutes=6, items=(an_item(1, item_price=None), an_item(2))))
    assert world.order().lines[0].item_price == usd("10.00")


def test_synthetic_ids_replace_no_lines_with_amazons_ids() -> None:
    world = World()
    world.publish(a_report(items=(an_item(1, quantity=2), an_item(2))))
    world.publish(changed(minutes=1440, items=(_synthetic(1, quantity=2), _synthetic(2))))
    assert _ids(world.order()) == ["item-1", "item-2"]
    world.publish(shipped("a", items={"item-1": 2}), shipped("b"))
    assert world.rejected == []
    assert [len(parcel.confirmed_items or ()) for parcel in world.order().parcels] == [1, 1]


@pytest.mark.parametrize("minutes", [0, 1, 5])
def test_amazons_ids_replace_synthetic_ones_however_late_they_arrive(minutes: int) -> None:
    first = decide(order_context(), a_report(items=(_synthetic(1), _synthetic(2)))).order
    assert _ids(first) == [f"{ORDER_ID}/1", f"{ORDER_ID}/2"]
    assert _ids(decide(order_context(first), changed(minutes=minutes, items=(an_item(2), an_item(1)))).order) == [
        "item-2",
        "item-1",
    ]


def test_of_two_reports_with_synthetic_ids_the_later_wins() -> None:
    first = decide(order_context(), a_report(items=(_synthetic(1), _synthetic(2)))).order
    assert _ids(decide(order_context(first), changed(minutes=5, items=(_synthetic(2),))).order) == [f"{ORDER_ID}/2"]
    assert _ids(decide(order_context(first), changed(minutes=0, items=(_synthetic(2),))).order or first) == _ids(first)


def test_a_stored_order_without_removed_lines_has_none() -> None:
    order = an_order()
    document = order.model_dump(mode="json", exclude={"removed_lines"}, exclude_none=True)
    assert Order.model_validate(document) == order


def test_the_shipped_quantity_is_at_most_the_ordered_one() -> None:
    order = decide(order_context(), a_report(items=(an_item(quantity=2, quantity_shipped=3),))).order
    assert order is not None
    assert order.lines[0].quantity_shipped == 2
