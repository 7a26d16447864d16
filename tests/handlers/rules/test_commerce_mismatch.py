"""Amazon changes an imported order: the message names the correction, the same in any order of reports."""

from itertools import permutations
from typing import Any

import pytest

from handlers.rules.change_note import UNCHANGED
from handlers.rules.commerce_mismatch import commerce_differs, mismatch_message
from schemas.gateway_requests import OrderContents
from schemas.line import Line
from schemas.order import OrderSnapshot
from schemas.payloads import ImportRequested, StatusChanged
from schemas.product import Product
from schemas.status import Status
from tests.builders import a_report, an_item, an_order, changed, usd
from tests.handlers.world import World

MISMATCH = (
    "Commerce order 000000001 was created with 3 of SKU-1, a total of 30.00 USD;"
    " Amazon now reports 2 of SKU-1, a total of 20.00 USD: correct it in Commerce."
)


def pieces(count: int, minutes: float = 2, status: str = "Unshipped", **facts: Any) -> StatusChanged:
    """Return Amazon's report of this quantity, at 10.00 dollars each."""
    total = usd(f"{10 * count}.00")
    reported = {"items": (an_item(quantity=count, item_price=total),), "order_total": total}
    return changed(status, minutes, **(reported | facts))


@pytest.fixture
def world() -> World:
    """Return a world with an imported order of quantity 3."""
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=9))
    total = usd("30.00")
    world.publish(a_report("Unshipped", 1, items=(an_item(quantity=3, item_price=total),), order_total=total))
    assert world.order().commerce_order is not None
    return world


def test_note_and_history_name_the_correction(world: World) -> None:
    world.publish(pieces(2))
    assert world.order().note == MISMATCH
    assert MISMATCH in world.history


def test_a_new_status_is_noted_before_the_mismatch(world: World) -> None:
    world.publish(pieces(2, status="PartiallyShipped"))
    assert world.order().note == f"Status updated to PartiallyShipped. {MISMATCH}"


def test_a_mismatch_is_noted_once(world: World) -> None:
    world.publish(pieces(2), pieces(2, 3), changed("Shipped", 4))
    assert [note for note in world.history if "Commerce order 000000001 was created with" in note] == [MISMATCH]
    assert world.order().note == "Status updated to Shipped."
    assert mismatch_message(world.order()) == MISMATCH


def test_after_several_changes_the_note_compares_commerce_with_the_latest_report(world: World) -> None:
    world.publish(pieces(2), pieces(1, 3))
    assert "created with 3 of SKU-1, a total of 30.00 USD; Amazon now reports 1 of SKU-1" in world.order().note


def test_no_mismatch_remains_when_amazon_reverses_its_change(world: World) -> None:
    world.publish(pieces(2), pieces(3, 3))
    assert world.order().commerce_snapshot is None
    assert world.order().note == "Order details updated: quantities, prices, total."


def test_a_canceled_order_has_no_mismatch(world: World) -> None:
    world.publish(pieces(2), changed("Canceled", 3), pieces(1, 4))
    assert world.order().status is Status.CANCELED
    assert world.order().commerce_snapshot is None


def test_reports_after_the_import_have_the_same_result_in_any_order(world: World) -> None:
    reports, ends = [pieces(2, 2), pieces(3, 3), pieces(1, 4), changed("Shipped", 5)], []
    for arrival in permutations(reports):
        other = World(store=world.store, orders=dict(world.orders))
        other.publish(*arrival, *arrival[:1])
        ends.append(other.order().model_dump(exclude={"note", "version"}))
    assert ends[0]["commerce_snapshot"] == OrderSnapshot(quantities={"SKU-1": 3}, total=usd("30.00")).model_dump()
    assert all(end == ends[0] for end in ends)


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"order_total": None}, UNCHANGED),
        (
            {"order_total": usd("30.00"), "items": (an_item(quantity=3, title="Another title"),)},
            "Order details updated: prices, listings.",
        ),
        (
            {
                "items": (
                    an_item(1, quantity=1),
                    an_item(2, seller_sku="SKU-1", quantity=2, item_price=usd("20.00")),
                ),
                "order_total": None,
            },
            "Order details updated: items, quantities, prices, total.",
        ),
    ],
)
def test_a_report_with_the_same_quantities_and_total_is_no_mismatch(
    world: World, facts: dict[str, Any], note: str
) -> None:
    world.publish(pieces(3, **facts))
    assert world.order().commerce_snapshot is None
    assert world.order().note == note


def test_a_total_alone_may_change(world: World) -> None:
    world.publish(changed("Unshipped", 2, order_total=usd("25.00")))
    assert "created with a total of 30.00 USD; Amazon now reports a total of 25.00 USD:" in world.order().note


def test_a_missing_total_is_compared_as_the_sum_of_the_lines() -> None:
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=9))
    world.publish(a_report("Unshipped", 1), changed("Unshipped", 2, order_total=usd("10.00")))
    assert world.order().commerce_snapshot is None
    world.publish(changed("Unshipped", 3, order_total=usd("9.00")))
    assert "a total of 10.00 USD; Amazon now reports a total of 9.00 USD" in world.order().note


def test_three_of_many_products_are_named(world: World) -> None:
    items = tuple(an_item(number) for number in range(1, 7))
    world.publish(changed("Unshipped", 2, items=items, order_total=usd("30.00")))
    assert (
        "created with 3 of SKU-1, 0 of SKU-2, 0 of SKU-3, 3 products more;"
        " Amazon now reports 1 of SKU-1, 1 of SKU-2, 1 of SKU-3, 3 products more:" in world.order().note
    )


def test_a_change_during_the_creation_is_found_by_commerces_answer() -> None:
    world = World()
    world.gateways.commerce.catalog.save([Product(sku="SKU-1", name="One", quantity=9)])
    reported = a_report("Unshipped", 1, items=(an_item(quantity=3, item_price=usd("30.00")),), order_total=usd("30.00"))
    world.handle(reported)
    requested = next(event for event in world.queue if isinstance(event, ImportRequested))
    world.handle(requested, meanwhile=[pieces(2)])
    assert [line.quantity for order in world.shop_orders for line in order.lines] == [3]
    assert world.order().note == f"Commerce order 000000001 created. {MISMATCH}"
    world.publish(pieces(3, 3))
    assert world.order().commerce_snapshot is None


def test_lines_removed_during_the_creation_are_named_by_their_seller_sku() -> None:
    removed = Line(order_item_id="item-1", seller_sku="OLD", quantity=2)
    order = an_order(lines=(Line(order_item_id="item-2", seller_sku="NEW", quantity=2),), removed_lines=(removed,))
    contents = OrderContents({"item-1": 2, "item-0": 1}, usd("10.00"))
    assert commerce_differs(order, contents) == OrderSnapshot(quantities={"OLD": 2, "item-0": 1}, total=usd("10.00"))


def test_without_contents_in_the_answer_the_order_is_taken_as_created() -> None:
    assert commerce_differs(an_order(), None) is None


def test_a_change_before_the_import_is_no_mismatch() -> None:
    world = World()
    world.publish(a_report("Unshipped", 1), pieces(2))
    world.stock(Product(sku="SKU-1", name="One", quantity=9))
    world.drain()
    assert [line.quantity for order in world.shop_orders for line in order.lines] == [2]
    assert world.order().commerce_snapshot is None


def test_a_total_missing_for_a_while_is_still_compared() -> None:
    reports = [
        changed("Unshipped", 2, items=(an_item(order_item_id="item-2", item_price=None),)),
        changed("Unshipped", 3, items=(an_item(order_item_id="item-2", item_price=usd("5.00")),)),
    ]
    messages = set()
    for arrival in permutations(reports):
        world = World()
        world.stock(Product(sku="SKU-1", name="One", quantity=9))
        world.publish(a_report("Unshipped", 1), *arrival)
        messages.add(mismatch_message(world.order()))
    (message,) = messages
    assert message is not None
    assert "Amazon now reports a total of 5.00 USD" in message
