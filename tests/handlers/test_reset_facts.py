"""After an operator's reset the next report counts, for each cause that froze the order."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.reset_facts import decide
from handlers.rules.fold_report import fold_report
from operations.orders.actions import edit_address, reset_facts
from schemas.order import Order
from schemas.payloads import AmazonReport
from schemas.status import AmazonStatus
from tests.builders import HOME, ORDER_ID, an_item, changed, order_context, placed, usd
from tests.handlers.test_handlers_any_order import any_report, folded
from tests.harness import Pipeline

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
TRUTH: dict[str, Any] = {
    "items": (an_item(quantity=2, item_price=usd("20.00")),),
    "order_total": usd("20.00"),
    "ship_service_level": "Std",
    "is_prime": True,
}
WRONG: dict[str, Any] = {
    "items": (an_item(quantity=3, item_price=usd("90.00"), quantity_shipped=3), an_item(2)),
    "order_total": usd("100.00"),
    "ship_service_level": "Exp",
    "is_prime": False,
}


def reset(order: Order) -> Order:
    """Return the order after the reset of its facts."""
    after = decide(order_context(order), "ann", "wrong date").order
    assert after is not None
    return after


@pytest.mark.parametrize(
    "wrong",
    [changed("Shipped", last_update_date=NEVER, **WRONG), changed("Canceled", 1, **WRONG), changed("Canceled", 1)],
    ids=["a date of never", "a cancellation with lines", "a cancellation"],
)
def test_the_next_report_counts_in_full(wrong: AmazonReport) -> None:
    truth = changed("Unshipped", 2, **TRUTH)
    frozen = folded(None, [placed(**TRUTH), wrong, truth])[0]
    assert frozen.amazon_status is wrong.status
    order = reset(frozen)
    assert (order.amazon_status, order.lines[0].quantity) == (wrong.status, frozen.lines[0].quantity)
    order = order.model_copy(update=fold_report(order, truth))
    assert order.amazon_status is AmazonStatus.UNSHIPPED
    assert order.last_update_date == truth.last_update_date
    assert [(line.quantity, line.item_price, line.quantity_shipped) for line in order.lines] == [(2, usd("20.00"), 0)]
    assert (order.order_total, order.ship_service_level, order.is_prime) == (usd("20.00"), "Std", True)


def test_reports_after_the_next_one_rank_by_their_dates_again() -> None:
    order = reset(folded(None, [placed(), changed("Canceled", 1)])[0])
    for report in (changed("Shipped", 9), changed("Unshipped", 8)):
        order = order.model_copy(update=fold_report(order, report))
    assert order.amazon_status is AmazonStatus.SHIPPED


@given(st.lists(any_report(), min_size=1, max_size=4), any_report())
def test_the_next_report_is_the_order_after_any_earlier_report(drawn: list[AmazonReport], last: AmazonReport) -> None:
    order = reset(folded(None, drawn)[0])
    order = order.model_copy(update=fold_report(order, last))
    assert (order.amazon_status, order.is_prime) == (
        last.status,
        last.is_prime or (last.is_prime is None and order.is_prime),
    )
    reported = {item.order_item_id: item.quantity for item in last.items or ()}
    if not any(item_id.startswith(ORDER_ID) for item_id in reported):
        assert {line.order_item_id: line.quantity for line in order.lines} == reported
        assert order.order_total == last.order_total or last.order_total is None


def test_an_operators_address_outlasts_the_reset_and_the_history_has_the_reason(pipeline: Pipeline) -> None:
    pipeline.handle(placed(shipping_address=HOME), changed("Canceled", 1))
    edit_address(pipeline.context, ORDER_ID, None, {"city": "Edited"}, actor="ann")
    result = reset_facts(pipeline.context, ORDER_ID, None, actor="ann", reason="the upstream's mistake")
    assert "reset by ann (the upstream's mistake)" in result.note
    assert pipeline.history()[-1].note == result.note
    pipeline.handle(changed("Unshipped", 0.5, shipping_address=HOME))
    assert pipeline.order().amazon_status is AmazonStatus.UNSHIPPED
    with pipeline.ledger.read() as work:
        address = work.vault.load([pipeline.order().key])[pipeline.order().key].shipping_address
    assert address is not None
    assert address.city == "Edited"
