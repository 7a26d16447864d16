"""Cancellations: an operator's, sent to Amazon, and Amazon's, carried out in Commerce."""

import pytest

from handlers import cancel_commerce_order, ship_order
from handlers.cancel_order import ask, decide, refusal, request
from handlers.rules.order_state import outstanding
from schemas import payloads
from schemas.gateway_requests import Accepted, CancelAmazonOrder, CancelCommerceOrder, LookUpOrder, RequestRefused
from schemas.order import CANCEL_REASONS, Cancellation, CommerceOrder, CommerceState, Discarded
from schemas.payloads import CancelRequested, CommerceCancelRequested, CompletionRequested
from schemas.product import Product
from schemas.status import Channel, ImportState, Status
from schemas.store import Store
from tests.builders import (
    KEY,
    START,
    a_report,
    a_store,
    an_imported_order,
    an_order,
    at,
    changed,
    looked_up,
    order_context,
    placed,
    shipped,
)
from tests.handlers.world import World

WISH = CancelRequested(**KEY, reason="NoInventory")
UNDO = CommerceCancelRequested(**KEY)


@pytest.mark.parametrize("reason", CANCEL_REASONS)
def test_an_unshipped_order_may_be_canceled_for_any_reason_amazon_knows(reason: str) -> None:
    assert refusal(an_order("Unshipped"), reason) is None


@pytest.mark.parametrize(
    "status", ["PendingAvailability", "Pending", "PartiallyShipped", "Shipped", "Canceled", "Unfulfillable"]
)
def test_an_order_of_any_other_status_may_not_be_canceled(status: str) -> None:
    why = refusal(an_order(status), "NoInventory")
    assert why == f"Only Unshipped orders can be canceled, this one is {status}; see Seller Central."


def test_a_refused_reason_lists_the_valid_ones() -> None:
    why = refusal(an_order("Unshipped"), "DoNotLikeIt")
    assert why is not None
    assert all(reason in why for reason in CANCEL_REASONS)


def test_an_order_that_amazon_ships_may_not_be_canceled() -> None:
    assert refusal(an_order("Unshipped", fulfillment_channel=Channel.AFN), "NoInventory")


@pytest.mark.parametrize("store", [a_store(import_orders=False), a_store(integrated_at=at(1))])
def test_a_view_only_order_may_not_be_canceled(store: Store) -> None:
    shown = an_order("Unshipped", store=store)
    assert refusal(shown, "NoInventory") == (
        "Crossdock only shows this order and does not manage it; cancel it in Seller Central."
    )
    assert ask(order_context(request(shown, "NoInventory"), store), WISH, ()) is None


def test_an_order_that_was_discarded_or_imported_before_its_store_was_switched_off_may_be_canceled() -> None:
    gone = Discarded(who="Test Operator", at=START, why="sold elsewhere")
    for order in (an_order("Unshipped", discarded=gone), an_imported_order(store=a_store(import_orders=False))):
        assert refusal(order, "NoInventory") is None


def test_an_order_with_a_parcel_may_not_be_canceled() -> None:
    order = ship_order.decide(order_context(an_imported_order()), shipped()).order
    assert order is not None
    assert refusal(order, "NoInventory") == (
        "Only Unshipped orders can be canceled, this one is Shipped; see Seller Central."
    )


def test_the_cancellation_requests_all_lines_from_amazon() -> None:
    assert ask(order_context(an_order("Unshipped")), WISH, ()) == CancelAmazonOrder(
        an_order().key, "NoInventory", ("item-1",)
    )


def test_a_sent_cancellation_leaves_the_order_unshipped_until_amazon_reports_it() -> None:
    decision = decide(order_context(request(an_order("Unshipped"), "NoInventory")), WISH, (Accepted(),))
    assert decision.order is not None
    assert decision.order.status is Status.UNSHIPPED
    assert decision.order.cancellation == Cancellation(reason="NoInventory", sent=True)
    assert decision.note == "Cancellation (NoInventory) sent to Amazon."
    assert decision.follow_ups == (payloads.OrderCancelSent(**KEY, reason="NoInventory"),)


def test_a_cancellation_is_sent_once() -> None:
    sent = order_context(an_order("Unshipped", cancellation=Cancellation(reason="NoInventory", sent=True)))
    assert ask(sent, WISH, ()) is None
    assert decide(sent, WISH, ()).note == "The cancellation was sent to Amazon before."
    assert sent.order is not None
    assert WISH not in outstanding(sent.order, sent.store)


def test_a_late_cancellation_is_rejected_and_removed_from_the_order() -> None:
    late = order_context(an_order("Shipped", cancellation=Cancellation(reason="NoInventory")))
    assert ask(late, WISH, ()) is None
    decision = decide(late, WISH, ())
    assert decision.rejection
    assert decision.order is not None
    assert decision.order.cancellation is None
    assert decision.note is not None
    assert decision.note.startswith("Not canceled. Only Unshipped orders")


def test_a_cancellation_whose_answer_was_lost_is_not_rejected_once_amazon_reports_it() -> None:
    canceled = order_context(an_order("Canceled", cancellation=Cancellation(reason="NoInventory")))
    assert ask(canceled, WISH, ()) is None
    decision = decide(canceled, WISH, ())
    assert decision.rejection is None
    assert decision.note == "Amazon has canceled the order already."


def test_a_cancellation_refused_by_amazon_is_rejected_with_the_reason() -> None:
    order = request(an_imported_order(), "NoInventory")
    decision = decide(order_context(order), WISH, (RequestRefused("it is on its way"),))
    assert decision.rejection == "Amazon refused to cancel the order: it is on its way"
    assert decision.order is not None
    assert outstanding(order, a_store()) == (WISH,)
    assert outstanding(decision.order, a_store()) == ()


def test_an_unsent_cancellation_is_outstanding_while_the_order_is_unshipped() -> None:
    store = a_store(import_orders=False)
    assert outstanding(request(an_order("Unshipped", store=store), "NoInventory"), store) == (WISH,)
    assert outstanding(request(an_order("Shipped", store=store), "NoInventory"), store) == ()


def test_a_cancellation_before_its_order_is_deferred() -> None:
    world = World()
    world.gateways.amazon.place([placed()])
    world.publish(WISH)
    assert world.deferred == [WISH]
    world.publish(a_report("Unshipped", 1))
    assert world.order().cancellation == Cancellation(reason="NoInventory", sent=True)
    assert world.rejected == []


def _canceled_after_import() -> World:
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    world.publish(placed(), a_report("Unshipped", 1), changed("Canceled", 2))
    return world


def test_a_cancellation_from_amazon_cancels_in_commerce_and_releases_the_stock() -> None:
    world = _canceled_after_import()
    commerce_order = world.order().commerce_order
    assert commerce_order is not None
    assert commerce_order.state is CommerceState.CANCELED
    assert world.order().import_state is ImportState.CANCELED
    assert world.order().status is Status.CANCELED
    assert world.reserved == {}
    assert payloads.CommerceCanceled(**KEY) in world.published
    assert world.order().note == "Canceled in Commerce; reserved stock was released."


def test_an_operators_cancellation_is_sent_reported_and_canceled_in_commerce() -> None:
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    world.gateways.amazon.place([placed()])
    world.publish(placed(), a_report("Unshipped", 1), WISH)
    assert world.order().status is Status.UNSHIPPED
    world.publish(*world.gateways.amazon.events_due())
    assert world.order().status is Status.CANCELED
    assert [order.state for order in world.shop_orders] == [CommerceState.CANCELED]


def test_an_order_canceled_in_commerce_is_not_canceled_there_again() -> None:
    world = _canceled_after_import()
    assert cancel_commerce_order.ask(order_context(world.order()), UNDO, ()) is None
    assert cancel_commerce_order.decide(order_context(world.order()), UNDO, ()).order is None


def test_an_order_that_amazon_did_not_cancel_is_not_canceled_in_commerce() -> None:
    order = an_imported_order()
    context, looked = order_context(order), looked_up(order=order.commerce_order)
    assert isinstance(cancel_commerce_order.ask(context, UNDO, ()), LookUpOrder)
    assert cancel_commerce_order.ask(context, UNDO, (looked,)) is None
    assert cancel_commerce_order.decide(context, UNDO, (looked,)).order is None


def test_a_reservation_without_commerce_order_is_released_without_number() -> None:
    canceled = an_order("Canceled", stock_reserved=True)
    assert cancel_commerce_order.ask(order_context(canceled), UNDO, ()) == CancelCommerceOrder(canceled.key, None)
    order = cancel_commerce_order.decide(order_context(canceled), UNDO, (Accepted(),)).order
    assert order is not None
    assert not order.stock_reserved


def test_an_order_that_commerce_completes_while_amazon_cancels_it_ends_completed() -> None:
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    world.publish(a_report("Unshipped", 1), shipped())
    world.handle(CompletionRequested(**KEY), meanwhile=[changed("Canceled", 2)])
    world.drain()
    assert [order.state for order in world.shop_orders] == [CommerceState.COMPLETE]
    assert (world.order().import_state, world.order().status) == (ImportState.COMPLETED, Status.CANCELED)
    assert world.order().note == "Commerce order 000000001 was complete already."
    assert payloads.OrderCompleted(**KEY) in world.published
    assert world.rejected == []


def test_an_order_that_commerce_canceled_before_is_not_rejected() -> None:
    current = CommerceOrder(number="000000001", status="closed", state=CommerceState.CANCELED)
    answers = (RequestRefused("it is closed"), looked_up(order=current))
    decision = cancel_commerce_order.decide(order_context(an_imported_order("Canceled")), UNDO, answers)
    assert decision.rejection is None
    assert decision.order is not None
    assert decision.order.commerce_order == current
    assert decision.follow_ups == (payloads.CommerceCanceled(**KEY),)


def test_a_refused_cancellation_looks_the_commerce_order_up() -> None:
    canceled = order_context(an_imported_order("Canceled"))
    request = cancel_commerce_order.ask(canceled, UNDO, (RequestRefused("it is on hold"),))
    assert isinstance(request, LookUpOrder)
    assert cancel_commerce_order.ask(canceled, UNDO, (RequestRefused("it is on hold"), looked_up())) is None


@pytest.mark.parametrize("current", [None, CommerceOrder(number="000000001", status="holded")])
def test_a_cancellation_refused_by_commerce_is_rejected_without_reminder(current: CommerceOrder | None) -> None:
    answers = (RequestRefused("it is on hold"), looked_up(order=current))
    decision = cancel_commerce_order.decide(order_context(an_imported_order("Canceled")), UNDO, answers)
    assert decision.rejection == "Commerce refused to cancel the order: it is on hold"
    assert decision.suppress_reminder
