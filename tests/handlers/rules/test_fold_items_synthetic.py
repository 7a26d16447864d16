"""Lines reported under synthetic ids before or after Amazon's: parcels find them, and their prices are used."""

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


def _synthetic(position: int, **facts: object) -> Item:
    return an_item(position, order_item_id=synthetic_id(ORDER_ID, position), **facts)


def _world(*reports: AmazonReport) -> World:
    world = World()
    world.stock(*(Product(sku=f"SKU-{number}", name="Product", quantity=100) for number in (1, 2)))
    world.gateways.amazon.place([placed(items=REAL)])
    world.publish(*reports)
    return world


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_a_parcel_with_synthetic_ids_is_confirmed_with_amazons_ids(arrival: tuple[int, ...]) -> None:
    events = [
        a_report(items=(_synthetic(1, quantity=2), _synthetic(2))),
        changed(minutes=2, items=REAL),
        shipped(items={synthetic_id(ORDER_ID, 1): 2}),
    ]
    world = _world(placed(items=REAL[:1]))
    world.publish(*(events[position] for position in arrival))
    assert world.rejected == []
    assert [(item.order_item_id, item.quantity) for item in world.confirmed["parcel-1"]] == [("item-1", 2)]


@pytest.mark.parametrize("arrival", [(0, 1), (1, 0)])
def test_prices_reported_under_synthetic_ids_only_are_used(arrival: tuple[int, int]) -> None:
    unpriced = tuple(item.model_copy(update={"item_price": None}) for item in REAL)
    reports = [
        a_report(items=unpriced, order_total=usd("20.00")),
        a_report(minutes=1440, items=(_synthetic(1, quantity=2), _synthetic(2)), order_total=usd("20.00")),
    ]
    world = _world(*(reports[position] for position in arrival))
    assert world.order().import_state is ImportState.IMPORTED
    (created,) = world.shop_orders
    assert [line.price for line in created.lines] == [usd("10.00"), usd("10.00")]


@pytest.mark.parametrize("arrival", [(0, 1), (1, 0)])
def test_an_order_without_reported_total_has_the_total_created_in_commerce(arrival: tuple[int, int]) -> None:
    unpriced = tuple(item.model_copy(update={"item_price": None}) for item in REAL)
    reports = [a_report(items=unpriced), a_report(minutes=1440, items=(_synthetic(1, quantity=2), _synthetic(2)))]
    world = _world(*(reports[position] for position in arrival))
    (created,) = world.shop_orders
    assert world.order().total == created.total == usd("20.00")


def test_lines_of_one_listing_are_matched_by_their_quantity() -> None:
    same = [an_item(number, seller_sku="SKU-1", quantity=number) for number in (1, 2, 3)]
    synthetic = [_synthetic(position, seller_sku="SKU-1", quantity=3 - position) for position in (1, 2)]
    world = _world(a_report(items=tuple(synthetic)), changed(minutes=2, items=tuple(same)))
    assert world.order().amazon_ids == {
        synthetic_id(ORDER_ID, 1): "item-2",
        synthetic_id(ORDER_ID, 2): "item-1",
    }


def test_a_line_with_another_quantity_is_not_matched() -> None:
    world = _world(a_report(items=(_synthetic(1, quantity=1),)), changed(minutes=2, items=(an_item(1, quantity=2),)))
    assert world.order().amazon_ids == {}
    world.publish(shipped(items={synthetic_id(ORDER_ID, 1): 1}))
    assert len(world.rejected) == 1
