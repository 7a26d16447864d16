"""A total belongs to the lines and quantities it was reported with, a line's amounts to the line's quantity."""

from itertools import permutations
from typing import Any

import pytest

from schemas.amazon_report import Item
from schemas.order import Order
from schemas.payloads import AmazonReport
from schemas.product import Product
from schemas.status import ImportState
from schemas.synthetic_items import synthetic_id
from tests.builders import HOME, ORDER_ID, an_item, changed, placed, usd
from tests.handlers.world import World

OUTDATED = (
    "Cannot create sales order: Amazon reported the amounts for other quantities or other lines than the order has now"
)
NEW_FIELDS = {"reported_lines", "total_alone"}


def _item(quantity: int, price: str | None = None, number: int = 1, **facts: Any) -> Item:
    return an_item(number, quantity=quantity, item_price=usd(price) if price else None, **facts)


def _unshipped(minutes: float, *items: Item, **facts: Any) -> AmazonReport:
    return changed("Unshipped", minutes, shipping_address=HOME, **({"items": items} if items else {}), **facts)


THREE = placed(items=(_item(3, "60.00"),), order_total=usd("60.00"))
BOTH = placed(items=(_item(3, "60.00"), _item(1, "10.00", number=2)), order_total=usd("70.00"))


def _world(*reports: AmazonReport) -> World:
    world = World()
    world.stock(*(Product(sku=f"SKU-{number}", name="Product", quantity=100) for number in (1, 2)))
    world.publish(*reports)
    return world


def _created(world: World) -> tuple[list[tuple[str, int, str]], str]:
    """Return the lines (id, quantity, price) and the total of the only Commerce order."""
    (created,) = world.shop_orders
    lines = [(line.order_item_id, line.quantity, str(line.price.amount)) for line in created.lines]
    return lines, str(created.total and created.total.amount)


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (THREE, [_unshipped(1, _item(2))]),
        (THREE, [_unshipped(1, _item(4))]),
        (BOTH, [_unshipped(1, _item(3))]),
        (BOTH, [_unshipped(1, _item(1, number=2))]),
        (THREE, [_unshipped(1, _item(3), _item(1, number=2))]),
        (THREE, [_unshipped(1, _item(1, number=2))]),
        (BOTH, [_unshipped(1, _item(2), _item(1, number=2))]),
        (THREE, [changed("Pending", 1, items=(_item(2),)), _unshipped(2)]),
        (placed(items=THREE.items), [_unshipped(1, _item(2))]),
        (placed(items=(_item(3),), order_total=usd("60.00")), [_unshipped(1, _item(2))]),
        (THREE.model_copy(update={"replaces_order_id": ORDER_ID}), [_unshipped(1, _item(2))]),
    ],
)
def test_amounts_of_other_quantities_or_lines_block_the_order(first: AmazonReport, later: list[AmazonReport]) -> None:
    world = _world(first, *later)
    assert (world.order().import_state, world.order().note) == (ImportState.BLOCKED, OUTDATED)
    assert [blocker.kind for blocker in world.order().blockers] == ["money"]
    assert world.order().order_total is None
    assert world.shop_orders == []


def test_the_list_of_orders_shows_no_total_of_other_quantities() -> None:
    assert _world(THREE).order().total == usd("60.00")
    assert _world(THREE, _unshipped(1, _item(2))).order().total is None


@pytest.mark.parametrize(
    "known",
    [
        changed("Pending", 2, items=(_item(2, "40.00"),), order_total=usd("40.00")),
        changed("Pending", 2, items=(_item(2, "40.00"),)),
        changed("Pending", 2, items=(_item(2),), order_total=usd("40.00")),
        changed("Pending", 2, order_total=usd("40.00")),
        changed("Pending", 1, items=(_item(2, "40.00"),), order_total=usd("40.00")),
        changed("Pending", 2, items=(_item(2, "40.00", order_item_id=synthetic_id(ORDER_ID, 1)),)),
    ],
)
@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_the_order_is_imported_once_its_amounts_are_known(known: AmazonReport, arrival: tuple[int, ...]) -> None:
    reports = [changed("Pending", 0.5, items=(_item(3, "60.00"),)), changed("Pending", 1, items=(_item(2),)), known]
    world = _world(THREE, *(reports[position] for position in arrival), _unshipped(3))
    assert world.order().import_state is ImportState.IMPORTED
    assert _created(world) == ([("item-1", 2, "40.00")], "40.00")


def test_a_price_reported_again_without_a_total_is_enough() -> None:
    world = _world(BOTH, _unshipped(1, _item(3)))
    assert world.order().import_state is ImportState.BLOCKED
    world.publish(_unshipped(2, _item(3, "60.00")))
    assert _created(world) == ([("item-1", 3, "60.00")], "60.00")


def test_a_report_of_the_same_quantities_without_amounts_keeps_them() -> None:
    world = _world(BOTH, changed("Pending", 1, items=(_item(3), _item(1, number=2))), _unshipped(2))
    assert _created(world) == ([("item-1", 3, "60.00"), ("item-2", 1, "10.00")], "70.00")


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_a_quantity_or_a_line_that_returns_has_its_amounts_again(arrival: tuple[int, ...]) -> None:
    reports = [
        changed("Pending", 1, items=(_item(2), _item(1, number=2))),
        changed("Pending", 2, items=(_item(3),)),
        changed("Pending", 3, items=(_item(3), _item(1, number=2))),
    ]
    world = _world(BOTH, *(reports[position] for position in arrival))
    world.publish(_unshipped(4))
    assert _created(world) == ([("item-1", 3, "60.00"), ("item-2", 1, "10.00")], "70.00")


@pytest.mark.parametrize(("minutes", "total"), [(0.5, None), (1, usd("40.00")), (1.5, usd("40.00")), (5, usd("40.00"))])
def test_a_total_without_lines_is_the_total_of_the_lines_in_force(minutes: float, total: object) -> None:
    reports = [
        changed("Pending", 1, items=(_item(2),)),
        changed("Pending", minutes, order_total=usd("40.00")),
        changed("Pending", 3, items=(_item(2),)),
    ]
    for arrival in permutations(reports):
        assert _world(THREE, *arrival).order().order_total == total


def test_a_stored_order_of_before_has_known_amounts() -> None:
    stored = _world(BOTH).order().model_dump(mode="json", exclude=NEW_FIELDS, exclude_none=True)
    for line in stored["lines"]:
        del line["other_amounts"]
    order = Order.model_validate(stored)
    assert order.total == usd("70.00")
    world = World(orders={order.key: order})
    world.stock(*(Product(sku=f"SKU-{number}", name="Product", quantity=100) for number in (1, 2)))
    world.publish(changed("Pending", 1, items=(_item(2), _item(1, number=2))))
    assert world.order().order_total is None
    world.publish(_unshipped(2, _item(3), _item(1, number=2)))
    assert _created(world)[1] == "70.00"


def test_a_later_change_of_quantity_in_a_created_order_is_a_mismatch() -> None:
    world = _world(THREE, _unshipped(1), _unshipped(2, _item(2)))
    assert "created with 3 of SKU-1; Amazon now reports 2 of SKU-1" in world.order().note


def test_an_order_with_amounts_of_other_quantities_is_stored_whole() -> None:
    order = _world(BOTH, _unshipped(1, _item(2)), _unshipped(2, order_total=usd("40.00"))).order()
    assert order.reported_lines != () != order.lines[0].other_amounts
    assert Order.model_validate_json(order.model_dump_json(exclude_none=True)) == order
