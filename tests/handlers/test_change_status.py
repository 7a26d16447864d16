"""order.status_changed: the order follows Amazon's latest report, whenever it comes."""

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
    known,
    placed,
    usd,
)
from tests.handlers.world import World

REMEDY = Remedy(kind=RemedyKind.LIST_ORDERS)


def _blocked(*kinds: BlockerKind) -> Order:
    blockers = tuple(Blocker(kind=kind, key="key", reason="reason", solution="", remedy=REMEDY) for kind in kinds)
    return an_order("Unshipped", blockers=blockers)


def test_a_change_before_its_order_waits_for_it() -> None:
    decision = decide(known(), changed("Unshipped"))
    assert decision.defer
    assert decision.order is None


def test_a_change_that_tells_everything_records_the_order_itself() -> None:
    decision = decide(known(), a_report("Unshipped"))
    assert decision.follow_ups == (
        payloads.OrderRecorded(**KEY, status=Status.UNSHIPPED),
        payloads.ImportRequested(**KEY),
    )


@pytest.mark.parametrize("status", ["Unshipped", "PartiallyShipped", "Shipped"])
def test_the_note_says_the_new_status_in_the_documented_words(status: str) -> None:
    decision = decide(known(an_order("Pending")), changed(status, 5))
    assert decision.order is not None
    assert decision.order.status == status
    assert decision.note == decision.order.note == f"Status updated to {status}."


def test_new_facts_without_a_new_status_are_noted_as_details() -> None:
    decision = decide(known(an_order("Unshipped")), changed("Unshipped", 5, latest_ship_date=at(90)))
    assert decision.note == "Order details updated."


def test_a_late_report_changes_nothing() -> None:
    decision = decide(known(an_imported_order("Shipped")), changed("Unshipped", 0.5, order_total=usd("99.00")))
    assert decision.order is None or decision.order.amazon_status is AmazonStatus.SHIPPED
    assert payloads.ImportRequested(**KEY) not in decision.follow_ups


def test_a_late_report_without_news_is_only_noted() -> None:
    decision = decide(known(an_order("Shipped")), changed("Pending", 0))
    assert decision.order is None
    assert decision.follow_ups == ()


def test_of_two_reports_at_one_instant_the_further_status_counts() -> None:
    order = decide(known(an_order("Unshipped")), changed("Shipped", 1)).order
    assert order is not None
    assert order.amazon_status is AmazonStatus.SHIPPED
    assert decide(known(order), changed("Unshipped", 1)).order is None


def test_no_later_report_takes_a_cancellation_back() -> None:
    world = World()
    world.tell(placed(), changed("Canceled", 5), changed("Unshipped", 6))
    assert world.order().status is Status.CANCELED


def test_not_even_a_report_of_the_last_day_of_the_calendar_takes_a_cancellation_back() -> None:
    world = World()
    world.tell(placed(), changed("Canceled", 5), changed("Unshipped", last_update_date="9999-12-31T23:59:59Z"))
    assert world.order().status is Status.CANCELED


def test_a_first_report_of_the_first_day_of_the_calendar_is_told_from_none() -> None:
    order = decide(known(None), a_report(last_update_date="0001-01-01T00:00:00Z")).order
    assert order is not None
    assert [line.seller_sku for line in order.lines] == ["SKU-1"]
    assert order.amazon_status is AmazonStatus.UNSHIPPED


def test_a_report_that_leaves_prices_out_erases_none() -> None:
    told = [item.model_copy(update={"item_price": None, "quantity_shipped": 1}) for item in (an_item(),)]
    order = decide(known(an_order("Unshipped")), changed("Shipped", 5, items=tuple(told))).order
    assert order is not None
    assert order.lines[0].item_price == usd("10.00")
    assert order.lines[0].quantity_shipped == 1


def test_a_report_of_no_items_erases_none() -> None:
    order = decide(known(an_order("Unshipped")), changed("Shipped", 5, items=())).order
    assert order is not None
    assert len(order.lines) == 1


def test_a_line_that_a_later_report_leaves_out_is_gone() -> None:
    two = an_order("Unshipped")
    both = decide(known(two), changed("Unshipped", 2, items=(an_item(1), an_item(2)))).order
    assert both is not None
    order = decide(known(both), changed("Unshipped", 3, items=(an_item(2),))).order
    assert order is not None
    assert [line.order_item_id for line in order.lines] == ["item-2"]


def test_an_address_withheld_later_does_not_replace_the_whole_one() -> None:
    first = decide(known(personal=None), a_report("Unshipped", 1))
    withheld = Address(city="Testville", country_code="US")
    later = decide(known(first.order, personal=first.personal), changed("Shipped", 9, shipping_address=withheld))
    assert later.personal is None


def test_a_whole_address_replaces_a_withheld_one_even_when_it_is_older() -> None:
    first = decide(known(personal=None), a_report("Unshipped", 5, shipping_address=Address(country_code="US")))
    later = decide(known(first.order, personal=first.personal), changed("Unshipped", 1, shipping_address=HOME))
    assert later.personal is not None
    assert later.personal.shipping_address == HOME


def test_a_buyer_withheld_later_does_not_replace_the_one_with_a_name() -> None:
    first = decide(known(personal=None), a_report("Unshipped", 1, buyer=Buyer(name="Test Buyer")))
    later = changed("Shipped", 9, buyer=Buyer(email="buyer@example.com"))
    assert decide(known(first.order, personal=first.personal), later).personal is None


def test_personal_data_that_was_destroyed_does_not_come_back_by_a_repetition() -> None:
    first = decide(known(personal=None), a_report("Unshipped", 1))
    assert decide(known(first.order, personal=None), a_report("Unshipped", 1)).personal is None


@pytest.mark.parametrize(
    "facts",
    [
        {"order_total": usd("11.00")},
        {"items": (an_item(quantity=2),)},
        {"shipping_address": HOME},
        {"buyer": Buyer(name="Test Buyer")},
    ],
)
def test_news_that_the_importer_looks_at_asks_for_the_import_again(facts: dict[str, object]) -> None:
    blocked = _blocked(BlockerKind.MONEY, BlockerKind.PERSONAL_DATA)
    decision = decide(known(blocked, personal=PersonalData()), changed("Unshipped", 5, **facts))
    assert decision.order is not None
    assert decision.order.blockers == ()
    assert payloads.ImportRequested(**KEY) in decision.follow_ups


def test_a_blocked_order_is_tried_again_when_its_channel_turns_out_to_be_another() -> None:
    blocked = an_order("Shipped", blockers=_blocked(BlockerKind.PERSONAL_DATA).blockers)
    decision = decide(known(blocked), changed("Shipped", 5, fulfillment_channel=Channel.AFN))
    assert payloads.ImportRequested(**KEY) in decision.follow_ups


def test_news_that_the_importer_does_not_look_at_leaves_the_order_blocked() -> None:
    decision = decide(known(_blocked(BlockerKind.OUT_OF_STOCK)), changed("Unshipped", 5, is_prime=True))
    assert decision.order is not None
    assert decision.order.status is Status.ERROR
    assert payloads.ImportRequested(**KEY) not in decision.follow_ups


def test_the_same_address_in_a_later_report_leaves_the_order_blocked() -> None:
    blocked = decide(known(personal=None), a_report("Unshipped", 1)).order
    assert blocked is not None
    blocked = blocked.model_copy(update={"blockers": _blocked(BlockerKind.ADDRESS).blockers})
    decision = decide(
        known(blocked, personal=PersonalData(shipping_address=HOME)), changed("Unshipped", 5, shipping_address=HOME)
    )
    assert payloads.ImportRequested(**KEY) not in decision.follow_ups


def test_an_order_canceled_while_it_was_blocked_has_no_blockers_left() -> None:
    decision = decide(known(_blocked(BlockerKind.OUT_OF_STOCK)), changed("Canceled", 5))
    assert decision.order is not None
    assert decision.order.blockers == ()
    assert decision.order.import_state is ImportState.CANCELED
    assert decision.order.status is Status.CANCELED
    assert payloads.OrderCanceled(**KEY) in decision.follow_ups


def test_a_cancellation_before_the_import_asks_nothing_of_commerce() -> None:
    decision = decide(known(an_order("Pending")), changed("Canceled", 5))
    assert decision.follow_ups == (
        payloads.OrderUpdated(**KEY, status=Status.CANCELED),
        payloads.OrderCanceled(**KEY),
    )


def test_a_cancellation_after_the_import_is_undone_in_commerce() -> None:
    decision = decide(known(an_imported_order()), changed("Canceled", 5))
    assert payloads.CommerceCancelRequested(**KEY) in decision.follow_ups


def test_an_order_that_becomes_disabled_for_import_while_blocked_is_view_only() -> None:
    view_only = known(_blocked(BlockerKind.MONEY), store=a_store(import_orders=False))
    order = decide(view_only, changed("Shipped", 5)).order
    assert order is not None
    assert (order.import_state, order.blockers) == (ImportState.VIEW_ONLY, ())
