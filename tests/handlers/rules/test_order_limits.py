"""Limits of one order: an event beyond them is refused with a sentence, and the order stays as it is."""

from time import process_time

import pytest

from handlers.decision import Decision, OrderContext
from handlers.record_order import decide as record
from handlers.reset_facts import decide as reset
from handlers.rules.order_limits import MAX_LINE_SETS, MAX_PARCELS
from handlers.ship_order import decide as ship
from operations.orders.details import details_of
from pipeline.order_letters import letters_of
from schemas.amazon_report import MAX_ITEMS
from schemas.order import Order
from schemas.payloads import OrderPlaced
from tests.builders import a_store, an_item, an_order, at, order_context, placed, shipped


def report(minutes: int, first: int, count: int) -> OrderPlaced:
    """Return a report of *count* lines, numbered from *first*."""
    items = tuple(an_item(number) for number in range(first, first + count))
    return placed(last_update_date=at(minutes), items=items)


def recorded(*reports: OrderPlaced) -> tuple[Order, list[str]]:
    """Return the order after the reports, and the reasons of those that were refused."""
    order: Order | None = None
    reasons = []
    for one in reports:
        decision: Decision = record(OrderContext(a_store(), order), one)
        order = decision.order or order
        reasons += [decision.rejection] if decision.rejection else []
    assert order is not None
    return order, reasons


@pytest.mark.parametrize(
    "given",
    [
        [(number, number, 1) for number in range(1, MAX_LINE_SETS + 3)],
        [(number, number * MAX_ITEMS, MAX_ITEMS) for number in range(4)],
        [(number, 1, MAX_ITEMS - number) for number in range(8)],
    ],
    ids=["sets of lines", "lines", "lines of all sets"],
)
def test_an_order_of_ever_new_lines_is_bounded(given: list[tuple[int, int, int]]) -> None:
    reports = [report(*one) for one in given]
    order, reasons = recorded(*reports)
    assert len(order.model_dump_json()) < 1_000_000
    assert 1 <= len(reasons) < len(reports)
    assert "Nothing was changed." in reasons[0]
    after_reset = reset(order_context(order), "ann", "mistake").order
    assert after_reset is not None
    assert after_reset.lines == order.lines
    decision = record(order_context(after_reset), reports[-1])
    assert decision.rejection is None
    assert decision.order is not None
    assert {line.order_item_id for line in decision.order.lines} == {item.order_item_id for item in reports[-1].items}


def test_an_order_has_a_limited_number_of_parcels_and_a_new_version_of_one_counts() -> None:
    order = _with_parcels(MAX_PARCELS)
    refused = ship(order_context(order), shipped("one-more", 90))
    assert refused.order is None
    assert "has 1,000 parcels, the limit; shipment one-more is not added" in (refused.rejection or "")
    corrected = ship(order_context(order), shipped("parcel-7", 90, tracking_number="CORRECTED", items={"item-1": 1}))
    assert corrected.order is not None


def test_the_time_for_an_order_is_linear_in_its_parcels() -> None:
    few, many = _with_parcels(MAX_PARCELS // 10), _with_parcels(MAX_PARCELS)
    assert _seconds(many) < max(40 * _seconds(few), 0.5)


def _with_parcels(count: int) -> Order:
    """Return an order with this many pieces, each in a parcel of its own."""
    order = an_order()
    line = order.lines[0].model_copy(update={"quantity": count})
    parcels = tuple(shipped(f"parcel-{number}", number % 60, items={"item-1": 1}) for number in range(count))
    first = ship(order_context(order), parcels[0]).order
    assert first is not None
    made = tuple(
        first.parcels[0].model_copy(update={"shipment_id": one.shipment_id, "shipped_at": one.shipped_at})
        for one in sorted(parcels, key=lambda one: one.shipment_id)
    )
    return first.model_copy(update={"lines": (line,), "parcels": made})


def _seconds(order: Order) -> float:
    """Return the time to show the order, to derive its letters, and to handle one more version of a parcel."""
    start = process_time()
    details_of(order, {}, ())
    letters_of(order)
    ship(order_context(order), shipped("parcel-7", 90, items={"item-1": 1}))
    return process_time() - start
