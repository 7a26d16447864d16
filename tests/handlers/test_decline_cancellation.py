"""An operator's decision to import an order that its buyer asked to cancel."""

from handlers.decline_cancellation import decide, refusal
from handlers.rules.buyer_cancellation import buyer_cancellation
from schemas.order import Discarded
from schemas.payloads import ImportRequested
from schemas.status import ImportState
from tests.builders import KEY, ORDER_ID, START, an_item, order_context, placed
from tests.handlers.rules.test_buyer_cancellation import a_world, unshipped, wish
from tests.handlers.world import World


def declined(world: World) -> World:
    """Decline the request and handle the follow-ups."""
    decision = decide(order_context(world.order()), "ann", START, "buyer called")
    assert decision.order is not None
    world.orders[decision.order.key] = decision.order
    world.publish(*decision.follow_ups)
    return world


def test_the_order_is_imported_and_who_declined_is_on_record() -> None:
    world = a_world(placed(), unshipped(**wish("item-1")))
    after = decide(order_context(world.order()), "ann", START, "buyer called")
    assert after.note == "The buyer's request to cancel was declined by ann (buyer called)."
    assert after.follow_ups == (ImportRequested(**KEY),)
    assert declined(world).order().import_state is ImportState.IMPORTED
    assert "The buyer's request to cancel was declined by ann (buyer called)" in world.shop_orders[0].comments


def test_a_repeat_of_the_request_changes_nothing_and_one_for_another_line_blocks_again() -> None:
    world = a_world(placed(items=(an_item(1), an_item(2))))
    world.publish(unshipped(**wish("item-1")))
    world = declined(world)
    world.publish(unshipped(2, **wish("item-1")))
    assert refusal(world.order()) == "It was declined by ann (buyer called)."
    world.publish(unshipped(3, **wish("item-2")))
    assert refusal(world.order()) is None


def test_a_request_that_was_declined_for_all_lines_is_known_in_every_form() -> None:
    synthetic = f"{ORDER_ID}/1"
    first = placed(items=(an_item(order_item_id=synthetic),), **wish(synthetic))
    world = declined(a_world(first, unshipped()))
    assert world.order().import_state is ImportState.IMPORTED
    for minutes, again in enumerate((wish(synthetic), {"instructions": {"buyer_cancellation": True}}), 2):
        world.publish(unshipped(minutes, **again))
        assert buyer_cancellation(world.order()) is None
    world.publish(unshipped(5, items=(an_item(),), **wish("item-1")))
    assert buyer_cancellation(world.order()) is None


def test_a_cancellation_that_cannot_be_declined_is_refused_with_the_reason() -> None:
    world = a_world(placed(), unshipped())
    assert refusal(world.order()) == "No request of its buyer is open; its Amazon status is Unshipped."
    discarded = Discarded(who="ann", at=START, why="sold")
    assert "discarded by ann" in str(refusal(world.order().model_copy(update={"discarded": discarded})))
