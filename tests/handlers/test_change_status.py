"""order.status_changed: the order follows Amazon's latest report, whenever it arrives."""

import pytest

from handlers.change_status import decide
from schemas import payloads
from schemas.blockers import Blocker, BlockerKind, Remedy, RemedyKind
from schemas.order import Order
from schemas.personal import Address, Buyer, PersonalData
from schemas.status import AmazonStatus, Channel, ImportState, Status
from tests.builders import (
    HOME,
    KEY,
    a_report,
    a_store,
    an_imported_order,
    an_item,
    an_order,
    at,
    changed,
    order_context,
    placed,
    usd,
)
from tests.handlers.world import World

REMEDY = Remedy(kind=RemedyKind.LIST_ORDERS)


def _blocked(*kinds: BlockerKind) -> Order:
    blockers = tuple(Blocker(kind=kind, key="key", reason="reason", solution="", remedy=REMEDY) for kind in kinds)
    return an_order("Unshipped", blockers=blockers)


def test_a_partial_report_before_its_order_is_deferred() -> None:
    decision = decide(order_context(), changed("Unshipped"))
    assert decision.defer
    assert decision.order is None


def test_a_complete_report_records_the_order() -> None:
    decision = decide(order_context(), a_report("Unshipped"))
    assert decision.follow_ups == (
        payloads.OrderRecorded(**KEY, status=Status.UNSHIPPED),
        payloads.ImportRequested(**KEY),
    )


@pytest.mark.parametrize("status", ["Unshipped", "PartiallyShipped", "Shipped"])
def test_the_note_of_a_new_status_is_the_documented_one(status: str) -> None:
    decision = decide(order_context(an_order("Pending")), changed(status, 5))
    assert decision.order is not None
    assert decision.order.status == status
    assert decision.note == decision.order.note == f"Status updated to {status}."


def test_new_facts_without_a_new_status_are_noted_as_details() -> None:
    decision = decide(order_context(an_order("Unshipped")), changed("Unshipped", 5, latest_ship_date=at(90)))
    assert decision.note == "Order details updated: ship-by date."


def test_a_late_report_changes_nothing() -> None:
    decision = decide(order_context(an_imported_order("Shipped")), changed("Unshipped", 0.5, order_total=usd("99.00")))
    assert decision.order is None or decision.order.amazon_status is AmazonStatus.SHIPPED
    assert payloads.ImportRequested(**KEY) not in decision.follow_ups


def test_a_late_report_without_new_facts_writes_no_order() -> None:
    decision = decide(order_context(an_order("Shipped")), changed("Pending", 0))
    assert decision.order is None
    assert decision.follow_ups == ()


def test_of_two_reports_at_one_instant_the_higher_status_wins() -> None:
    order = decide(order_context(an_order("Unshipped")), changed("Shipped", 1)).order
    assert order is not None
    assert order.amazon_status is AmazonStatus.SHIPPED
    assert decide(order_context(order), changed("Unshipped", 1)).order is None


def test_no_later_report_reverses_a_cancellation() -> None:
    world = World()
    world.publish(placed(), changed("Canceled", 5), changed("Unshipped", 6))
    assert world.order().status is Status.CANCELED


def test_a_report_at_the_end_of_the_calendar_reverses_no_cancellation() -> None:
    world = World()
    world.publish(placed(), changed("Canceled", 5), changed("Unshipped", last_update_date="9999-12-31T23:59:59Z"))
    assert world.order().status is Status.CANCELED


def test_a_first_report_at_the_start_of_the_calendar_records_the_order() -> None:
    order = decide(order_context(None), a_report(last_update_date="0001-01-01T00:00:00Z")).order
    assert order is not None
    assert [line.seller_sku for line in order.lines] == ["SKU-1"]
    assert order.amazon_status is AmazonStatus.UNSHIPPED


def test_a_report_without_prices_erases_none() -> None:
    items = [item.model_copy(update={"item_price": None, "quantity_shipped": 1}) for item in (an_item(),)]
    order = decide(order_context(an_order("Unshipped")), changed("Shipped", 5, items=tuple(items))).order
    assert order is not None
    assert order.lines[0].item_price == usd("10.00")
    assert order.lines[0].quantity_shipped == 1


def test_a_report_without_items_erases_no_line() -> None:
    order = decide(order_context(an_order("Unshipped")), changed("Shipped", 5, items=())).order
    assert order is not None
    assert len(order.lines) == 1


def test_a_line_missing_in_a_later_report_is_removed() -> None:
    two = an_order("Unshipped")
    both = decide(order_context(two), changed("Unshipped", 2, items=(an_item(1), an_item(2)))).order
    assert both is not None
    order = decide(order_context(both), changed("Unshipped", 3, items=(an_item(2),))).order
    assert order is not None
    assert [line.order_item_id for line in order.lines] == ["item-2"]


def test_a_withheld_address_does_not_replace_a_complete_one() -> None:
    first = decide(order_context(personal=None), a_report("Unshipped", 1))
    withheld = Address(city="Testville", country_code="US")
    later = decide(
        order_context(first.order, personal=first.personal), changed("Shipped", 9, shipping_address=withheld)
    )
    assert later.personal is None


def test_a_complete_address_replaces_a_withheld_one_even_when_it_is_older() -> None:
    first = decide(order_context(personal=None), a_report("Unshipped", 5, shipping_address=Address(country_code="US")))
    later = decide(order_context(first.order, personal=first.personal), changed("Unshipped", 1, shipping_address=HOME))
    assert later.personal is not None
    assert later.personal.shipping_address == HOME


def test_a_withheld_buyer_does_not_replace_one_with_a_name() -> None:
    first = decide(order_context(personal=None), a_report("Unshipped", 1, buyer=Buyer(name="Test Buyer")))
    later = changed("Shipped", 9, buyer=Buyer(email="buyer@example.com"))
    assert decide(order_context(first.order, personal=first.personal), later).personal is None


def test_a_repeated_report_does_not_restore_destroyed_personal_data() -> None:
    first = decide(order_context(personal=None), a_report("Unshipped", 1))
    assert decide(order_context(first.order, personal=None), a_report("Unshipped", 1)).personal is None


@pytest.mark.parametrize(
    "facts",
    [
        {"order_total": usd("11.00")},
        {"items": (an_item(quantity=2),)},
        {"shipping_address": HOME},
        {"buyer": Buyer(name="Test Buyer")},
    ],
)
def test_a_change_that_affects_the_import_requests_it_again(facts: dict[str, object]) -> None:
    blocked = _blocked(BlockerKind.MONEY, BlockerKind.PERSONAL_DATA)
    decision = decide(order_context(blocked, personal=PersonalData()), changed("Unshipped", 5, **facts))
    assert decision.order is not None
    assert decision.order.blockers == ()
    assert payloads.ImportRequested(**KEY) in decision.follow_ups


def test_a_changed_channel_of_a_blocked_order_requests_the_import_again() -> None:
    blocked = an_order("Shipped", blockers=_blocked(BlockerKind.PERSONAL_DATA).blockers)
    decision = decide(order_context(blocked), changed("Shipped", 5, fulfillment_channel=Channel.AFN))
    assert payloads.ImportRequested(**KEY) in decision.follow_ups


def test_a_change_that_does_not_affect_the_import_leaves_the_order_blocked() -> None:
    decision = decide(order_context(_blocked(BlockerKind.OUT_OF_STOCK)), changed("Unshipped", 5, is_prime=True))
    assert decision.order is not None
    assert decision.order.status is Status.ERROR
    assert payloads.ImportRequested(**KEY) not in decision.follow_ups


def test_the_same_address_in_a_later_report_leaves_the_order_blocked() -> None:
    blocked = decide(order_context(personal=None), a_report("Unshipped", 1)).order
    assert blocked is not None
    blocked = blocked.model_copy(update={"blockers": _blocked(BlockerKind.ADDRESS).blockers})
    decision = decide(
        order_context(blocked, personal=PersonalData(shipping_address=HOME)),
        changed("Unshipped", 5, shipping_address=HOME),
    )
    assert payloads.ImportRequested(**KEY) not in decision.follow_ups


def test_a_blocked_order_that_is_canceled_has_no_blockers() -> None:
    decision = decide(order_context(_blocked(BlockerKind.OUT_OF_STOCK)), changed("Canceled", 5))
    assert decision.order is not None
    assert decision.order.blockers == ()
    assert decision.order.import_state is ImportState.CANCELED
    assert decision.order.status is Status.CANCELED
    assert payloads.OrderCanceled(**KEY) in decision.follow_ups


def test_a_cancellation_before_the_import_requests_nothing_from_commerce() -> None:
    decision = decide(order_context(an_order("Pending")), changed("Canceled", 5))
    assert decision.follow_ups == (
        payloads.OrderUpdated(**KEY, status=Status.CANCELED),
        payloads.OrderCanceled(**KEY),
    )


def test_a_cancellation_after_the_import_is_requested_from_commerce() -> None:
    decision = decide(order_context(an_imported_order()), changed("Canceled", 5))
    assert payloads.CommerceCancelRequested(**KEY) in decision.follow_ups


def test_a_blocked_order_whose_store_disables_the_import_is_view_only() -> None:
    view_only = order_context(_blocked(BlockerKind.MONEY), store=a_store(import_orders=False))
    order = decide(view_only, changed("Shipped", 5)).order
    assert order is not None
    assert (order.import_state, order.blockers) == (ImportState.VIEW_ONLY, ())
