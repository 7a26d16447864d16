"""Lines that were told under made-up ids before or after Amazon's: parcels find them, and their prices count."""

from itertools import permutations

import pytest

from schemas.amazon_report import Item
from schemas.payloads import AmazonReport
from schemas.product import Product
from schemas.status import ImportState
from schemas.synthetic_items import synthetic_id
from tests.builders import ORDER_ID, a_report, an_item, changed, placed, shipped, usd
from tests.handlers.world import World

REAL = (an_item(1, quantity=2), an_item(2))


def _made_up(place: int, **facts: object) -> Item:
    return an_item(place, order_item_id=synthetic_id(ORDER_ID, place), **facts)


def _world(*told: AmazonReport) -> World:
    world = World()
    world.stock(*(Product(sku=f"SKU-{number}", name="Product", quantity=100) for number in (1, 2)))
    world.outside.amazon.place([placed(items=REAL)])
    world.tell(*told)
    return world


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_a_parcel_that_names_made_up_ids_is_told_to_amazon_under_its_own(arrival: tuple[int, ...]) -> None:
    events = [
        a_report(items=(_made_up(1, quantity=2), _made_up(2))),
        changed(minutes=2, items=REAL),
        shipped(items={synthetic_id(ORDER_ID, 1): 2}),
    ]
    world = _world(placed(items=REAL[:1]))
    world.tell(*(events[place] for place in arrival))
    assert world.rejected == []
    assert [(item.order_item_id, item.quantity) for item in world.confirmed["parcel-1"]] == [("item-1", 2)]


@pytest.mark.parametrize("arrival", [(0, 1), (1, 0)])
def test_prices_that_only_a_report_without_ids_tells_count(arrival: tuple[int, int]) -> None:
    unpriced = tuple(item.model_copy(update={"item_price": None}) for item in REAL)
    reports = [
        a_report(items=unpriced, order_total=usd("20.00")),
        a_report(minutes=1440, items=(_made_up(1, quantity=2), _made_up(2)), order_total=usd("20.00")),
    ]
    world = _world(*(reports[place] for place in arrival))
    assert world.order().import_state is ImportState.IMPORTED
    (made,) = world.shop_orders
    assert [line.price for line in made.lines] == [usd("10.00"), usd("10.00")]


@pytest.mark.parametrize("arrival", [(0, 1), (1, 0)])
def test_an_order_whose_total_nobody_tells_is_listed_with_what_commerce_gets(arrival: tuple[int, int]) -> None:
    unpriced = tuple(item.model_copy(update={"item_price": None}) for item in REAL)
    reports = [a_report(items=unpriced), a_report(minutes=1440, items=(_made_up(1, quantity=2), _made_up(2)))]
    world = _world(*(reports[place] for place in arrival))
    (made,) = world.shop_orders
    assert world.order().total == made.total == usd("20.00")


def test_lines_of_one_listing_are_told_apart_by_their_pieces() -> None:
    same = [an_item(number, seller_sku="SKU-1", quantity=number) for number in (1, 2, 3)]
    ours = [_made_up(place, seller_sku="SKU-1", quantity=3 - place) for place in (1, 2)]
    world = _world(a_report(items=tuple(ours)), changed(minutes=2, items=tuple(same)))
    assert world.order().amazon_ids == {
        synthetic_id(ORDER_ID, 1): "item-2",
        synthetic_id(ORDER_ID, 2): "item-1",
    }


def test_a_line_of_other_pieces_is_nobodys() -> None:
    world = _world(a_report(items=(_made_up(1, quantity=1),)), changed(minutes=2, items=(an_item(1, quantity=2),)))
    assert world.order().amazon_ids == {}
    world.tell(shipped(items={synthetic_id(ORDER_ID, 1): 1}))
    assert len(world.rejected) == 1
