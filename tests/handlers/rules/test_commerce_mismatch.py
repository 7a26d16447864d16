"""Amazon changes an order that Commerce has: people are told what to correct, and told the same in any order."""

from itertools import permutations
from typing import Any

import pytest

from handlers.rules.commerce_mismatch import commerce_differs, mismatch_message
from schemas.gateway_requests import OrderContents
from schemas.line import Line
from schemas.order import OrderSnapshot
from schemas.payloads import ImportRequested, StatusChanged
from schemas.product import Product
from schemas.status import Status
from tests.builders import a_report, an_item, an_order, changed, usd
from tests.handlers.world import World

TOLD = (
    "Commerce order 000000001 was created with 3 of SKU-1, a total of 30.00 USD;"
    " Amazon now says 2 of SKU-1, a total of 20.00 USD: correct it in Commerce."
)


def pieces(count: int, minutes: float = 2, status: str = "Unshipped", **facts: Any) -> StatusChanged:
    """Amazon's report that so many pieces are ordered, at 10.00 dollars each."""
    total = usd(f"{10 * count}.00")
    told = {"items": (an_item(quantity=count, item_price=total),), "order_total": total}
    return changed(status, minutes, **(told | facts))


@pytest.fixture
def world() -> World:
    """A world with the order of three pieces, in Commerce."""
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=9))
    total = usd("30.00")
    world.tell(a_report("Unshipped", 1, items=(an_item(quantity=3, item_price=total),), order_total=total))
    assert world.order().commerce_order is not None
    return world


def test_note_and_history_say_what_to_correct(world: World) -> None:
    world.tell(pieces(2))
    assert world.order().note == TOLD
    assert TOLD in world.history


def test_a_new_status_is_noted_before_it(world: World) -> None:
    world.tell(pieces(2, status="PartiallyShipped"))
    assert world.order().note == f"Status updated to PartiallyShipped. {TOLD}"


def test_it_is_said_once(world: World) -> None:
    world.tell(pieces(2), pieces(2, 3), changed("Shipped", 4))
    assert [note for note in world.history if "Commerce order 000000001 was created with" in note] == [TOLD]
    assert world.order().note == "Status updated to Shipped."
    assert mismatch_message(world.order()) == TOLD


def test_of_several_changes_what_commerce_has_is_said_and_never_what_amazon_said_in_between(world: World) -> None:
    world.tell(pieces(2), pieces(1, 3))
    assert "created with 3 of SKU-1, a total of 30.00 USD; Amazon now says 1 of SKU-1" in world.order().note


def test_nothing_is_left_to_be_corrected_when_amazon_takes_its_change_back(world: World) -> None:
    world.tell(pieces(2), pieces(3, 3))
    assert world.order().commerce_snapshot is None
    assert world.order().note == "Order details updated."


def test_nothing_is_to_be_corrected_of_an_order_that_is_canceled_as_a_whole(world: World) -> None:
    world.tell(pieces(2), changed("Canceled", 3), pieces(1, 4))
    assert world.order().status is Status.CANCELED
    assert world.order().commerce_snapshot is None


def test_reports_after_the_import_come_to_the_same_in_any_order(world: World) -> None:
    reports, ends = [pieces(2, 2), pieces(3, 3), pieces(1, 4), changed("Shipped", 5)], []
    for told in permutations(reports):
        other = World(store=world.store, orders=dict(world.orders))
        other.tell(*told, *told[:1])
        ends.append(other.order().model_dump(exclude={"note", "version"}))
    assert ends[0]["commerce_snapshot"] == OrderSnapshot(quantities={"SKU-1": 3}, total=usd("30.00")).model_dump()
    assert all(end == ends[0] for end in ends)


@pytest.mark.parametrize(
    "facts",
    [
        {"order_total": None},
        {"order_total": usd("30.00"), "items": (an_item(quantity=3, title="Another title"),)},
        {"items": (an_item(1, quantity=1), an_item(2, seller_sku="SKU-1", quantity=2)), "order_total": None},
    ],
)
def test_what_is_told_otherwise_and_means_the_same_is_no_change(world: World, facts: dict[str, Any]) -> None:
    world.tell(pieces(3, **facts))
    assert world.order().commerce_snapshot is None
    assert world.order().note == "Order details updated."


def test_a_total_alone_may_change(world: World) -> None:
    world.tell(changed("Unshipped", 2, order_total=usd("25.00")))
    assert "created with a total of 30.00 USD; Amazon now says a total of 25.00 USD:" in world.order().note


def test_a_total_that_was_not_told_is_the_sum_of_the_lines() -> None:
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=9))
    world.tell(a_report("Unshipped", 1), changed("Unshipped", 2, order_total=usd("10.00")))
    assert world.order().commerce_snapshot is None
    world.tell(changed("Unshipped", 3, order_total=usd("9.00")))
    assert "a total of 10.00 USD; Amazon now says a total of 9.00 USD" in world.order().note


def test_of_many_products_three_are_named(world: World) -> None:
    items = tuple(an_item(number) for number in range(1, 7))
    world.tell(changed("Unshipped", 2, items=items))
    assert (
        "created with 3 of SKU-1, 0 of SKU-2, 0 of SKU-3, 3 products more;"
        " Amazon now says 1 of SKU-1, 1 of SKU-2, 1 of SKU-3, 3 products more:" in world.order().note
    )


def test_a_change_while_commerce_creates_the_order_is_seen_by_what_commerce_says() -> None:
    world = World()
    world.outside.commerce.catalog.save([Product(sku="SKU-1", name="One", quantity=9)])
    told = a_report("Unshipped", 1, items=(an_item(quantity=3, item_price=usd("30.00")),), order_total=usd("30.00"))
    world.deliver(told)
    requested = next(event for event in world.queue if isinstance(event, ImportRequested))
    world.deliver(requested, meanwhile=[pieces(2)])
    assert [line.quantity for order in world.shop_orders for line in order.lines] == [3]
    assert world.order().note == f"Commerce order 000000001 created. {TOLD}"
    world.tell(pieces(3, 3))
    assert world.order().commerce_snapshot is None


def test_lines_that_amazon_left_out_while_commerce_created_the_order_are_told_by_their_listing() -> None:
    left_out = Line(order_item_id="item-1", seller_sku="OLD", quantity=2)
    known = an_order(lines=(Line(order_item_id="item-2", seller_sku="NEW", quantity=2),), removed_lines=(left_out,))
    made = OrderContents({"item-1": 2, "item-0": 1}, usd("10.00"))
    assert commerce_differs(known, made) == OrderSnapshot(quantities={"OLD": 2, "item-0": 1}, total=usd("10.00"))


def test_commerce_that_does_not_say_what_it_created_is_taken_to_have_what_is_known() -> None:
    assert commerce_differs(an_order(), None) is None


def test_a_change_before_the_import_is_none_to_commerce() -> None:
    world = World()
    world.tell(a_report("Unshipped", 1), pieces(2))
    world.stock(Product(sku="SKU-1", name="One", quantity=9))
    world.settle()
    assert [line.quantity for order in world.shop_orders for line in order.lines] == [2]
    assert world.order().commerce_snapshot is None


def test_a_total_that_is_not_told_for_a_while_is_not_forgotten() -> None:
    reports = [
        changed("Unshipped", 2, items=(an_item(order_item_id="item-2", item_price=None),)),
        changed("Unshipped", 3, items=(an_item(order_item_id="item-2", item_price=usd("5.00")),)),
    ]
    told = set()
    for order in permutations(reports):
        world = World()
        world.stock(Product(sku="SKU-1", name="One", quantity=9))
        world.tell(a_report("Unshipped", 1), *order)
        told.add(mismatch_message(world.order()))
    (sentence,) = told
    assert sentence is not None
    assert "Amazon now says a total of 5.00 USD" in sentence
