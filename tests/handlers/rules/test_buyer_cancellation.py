"""A buyer's request to cancel: which orders it holds, by whom it is decided, and how it ends."""

from typing import Any

import pytest

from handlers.import_order import find_blockers
from handlers.rules.buyer_cancellation import buyer_cancellation, buyer_cancellation_sentence
from schemas.blockers import Blocker, BlockerKind, RemedyKind
from schemas.order import Cancellation, Order
from schemas.payloads import AmazonReport
from schemas.product import Product
from schemas.status import Channel, ImportState
from tests.builders import HOME, ORDER_ID, a_product, an_item, changed, looked_up, order_context, placed, shipped
from tests.handlers.world import World

TWO = (an_item(1), an_item(2))


def wish(*item_ids: str, asks: bool = True, **facts: Any) -> dict[str, Any]:
    """Return the fact that the buyer asks to cancel these lines."""
    return {
        "instructions": {"items": [{"order_item_id": one, "buyer_cancellation": asks, **facts} for one in item_ids]}
    }


def a_world(*reports: AmazonReport, address: bool = True) -> World:
    """Return a world with stock, in which these reports were handled."""
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=9), Product(sku="SKU-2", name="Two", quantity=9))
    world.publish(*reports)
    return world


def unshipped(minutes: float = 1, status: str = "Unshipped", **facts: Any) -> AmazonReport:
    return changed(status, minutes, shipping_address=HOME, **facts)


def the_blocker(order: Order) -> Blocker:
    (blocker,) = order.blockers
    assert blocker.kind is BlockerKind.BUYER_CANCELLATION
    return blocker


def test_the_request_holds_the_import_and_is_in_the_note() -> None:
    world = a_world(placed(), unshipped(**wish("item-1", buyer_cancel_reason="Ordered by mistake.")))
    order = world.order()
    assert (order.import_state, world.shop_orders) == (ImportState.BLOCKED, [])
    assert "Status updated to Unshipped. The buyer asked to cancel the order (Ordered by mistake.)." in world.history
    assert order.note == "Cannot create sales order: The buyer asked to cancel the order (Ordered by mistake.)"
    assert the_blocker(order).key == ORDER_ID
    assert the_blocker(order).remedy.kind is RemedyKind.CANCEL_ORDER
    assert "decline-cancel" in the_blocker(order).solution


def test_a_request_for_the_whole_order_holds_it_too() -> None:
    world = a_world(placed(), unshipped(instructions={"buyer_cancellation": True}))
    assert world.order().note == "Cannot create sales order: The buyer asked to cancel the order"


def test_the_order_is_imported_when_the_request_is_withdrawn() -> None:
    world = a_world(placed(), unshipped(**wish("item-1")), unshipped(2, **wish("item-1", asks=False)))
    assert "The buyer no longer asks to cancel." in world.history
    assert world.order().import_state is ImportState.IMPORTED


def test_the_order_ends_as_canceled_when_amazon_cancels_it() -> None:
    world = a_world(placed(), unshipped(**wish("item-1")), changed("Canceled", 2))
    assert (world.order().import_state, world.order().blockers) == (ImportState.CANCELED, ())


def test_the_rest_is_imported_when_amazon_cancels_the_line() -> None:
    world = a_world(placed(items=TWO), unshipped(**wish("item-2")))
    assert the_blocker(world.order()).reason == "The buyer asked to cancel a part of the order"
    assert the_blocker(world.order()).remedy.kind is RemedyKind.DECLINE_CANCELLATION
    world.publish(unshipped(2, items=TWO[:1]))
    assert [line.order_item_id for order in world.shop_orders for line in order.lines] == ["item-1"]


def test_the_sentence_stays_short_whatever_the_reasons_are() -> None:
    items = [
        {"order_item_id": f"x-{n}", "buyer_cancellation": True, "buyer_cancel_reason": f"{n} " * 600} for n in range(9)
    ]
    world = a_world(placed(), unshipped(instructions={"items": items}))
    assert len(str(buyer_cancellation_sentence(world.order()))) < 700


def test_an_older_withdrawal_that_arrives_later_does_not_end_the_request() -> None:
    world = a_world(placed(), unshipped(3, **wish("item-1")), unshipped(2, **wish("item-1", asks=False)))
    assert world.order().import_state is ImportState.BLOCKED


@pytest.mark.parametrize(
    ("order_facts", "status"),
    [({"fulfillment_channel": Channel.AFN}, "Shipped"), ({}, "Shipped"), ({}, "InvoiceUnconfirmed")],
)
def test_an_order_that_can_no_longer_be_canceled_is_not_held(order_facts: dict[str, Any], status: str) -> None:
    world = a_world(placed(**order_facts), unshipped(status=status, **wish("item-1")))
    assert buyer_cancellation(world.order()) is None
    assert BlockerKind.BUYER_CANCELLATION not in {blocker.kind for blocker in world.order().blockers}


def test_a_line_that_is_shipped_is_not_held() -> None:
    sent = an_item(1, quantity_shipped=1)
    world = a_world(placed(items=TWO), unshipped(status="PartiallyShipped", items=(sent, TWO[1]), **wish("item-1")))
    assert buyer_cancellation(world.order()) is None
    world.publish(unshipped(2, "PartiallyShipped", **wish("item-2")))
    assert buyer_cancellation_sentence(world.order()) == "The buyer asked to cancel the order"


def test_a_request_that_comes_after_the_import_is_shown() -> None:
    world = a_world(placed(), unshipped())
    world.publish(unshipped(2, **wish("item-1")))
    assert (world.order().import_state, len(world.shop_orders)) == (ImportState.IMPORTED, 1)
    assert world.order().note == "The buyer asked to cancel the order."
    world.publish(shipped())
    assert buyer_cancellation(world.order()) is None


def test_a_request_under_a_synthetic_id_is_kept_when_amazon_reports_its_own_id() -> None:
    synthetic = f"{ORDER_ID}/1"
    first = placed(items=(an_item(order_item_id=synthetic),), **wish(synthetic))
    world = a_world(first, unshipped(items=(an_item(),)))
    assert world.order().import_state is ImportState.BLOCKED
    world.publish(unshipped(2, **wish("item-1", asks=False)))
    assert world.order().import_state is ImportState.IMPORTED


def test_a_request_for_a_line_that_is_not_reported_yet_counts() -> None:
    world = a_world(placed(), unshipped(**wish("item-9")))
    assert buyer_cancellation_sentence(world.order()) == "The buyer asked to cancel a part of the order"


def test_after_the_cancellation_was_requested_amazon_is_waited_for() -> None:
    world = a_world(placed(), unshipped(**wish("item-1")))
    requested = world.order().model_copy(update={"cancellation": Cancellation(reason="BuyerCanceled")})
    context = order_context(requested)
    (blocker,) = find_blockers(context, requested, looked_up(a_product()))
    assert (blocker.remedy.kind, "Wait until Amazon" in blocker.solution) == (RemedyKind.EXPLAIN_ORDER, True)
