"""No imported order has a total or amounts that were reported for other quantities or lines than it has."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.totals import Totals, compute_totals
from schemas.payloads import AmazonReport, StatusChanged
from schemas.product import Product
from schemas.synthetic_items import synthetic_id
from tests.builders import HOME, ORDER_ID, an_item, changed, placed, usd
from tests.handlers.test_handlers_any_order import OFTEN, PATIENT, folded
from tests.handlers.world import World

Lines = dict[int, int]
"""The quantity of each line of an order, by the line's number. Every unit costs 10.00."""

LINES = st.dictionaries(st.integers(1, 2), st.integers(1, 3), min_size=1)
COMPLETE = placed().model_dump(include={"purchase_date", "marketplace_id", "fulfillment_channel"})


def _total(lines: Lines) -> str:
    return f"{10 * sum(lines.values())}.00"


@st.composite
def report_of(draw: st.DrawFn, minutes: float, lines: Lines, *, has_items: bool) -> StatusChanged:
    """Draw a report of an order that has these lines, with or without the facts that Amazon may omit."""
    facts: dict[str, Any] = {**COMPLETE, "shipping_address": HOME}
    if has_items:
        synthetic = draw(st.sampled_from([False, False, False, True]))
        facts["items"] = tuple(
            an_item(
                number,
                order_item_id=synthetic_id(ORDER_ID, number) if synthetic else f"item-{number}",
                quantity=quantity,
                item_price=draw(st.sampled_from([None, usd(f"{10 * quantity}.00")])),
            )
            for number, quantity in lines.items()
        )
    if draw(st.booleans()):
        facts["order_total"] = usd(_total(lines))
    return changed(draw(st.sampled_from(["Pending", "Unshipped"])), minutes, **facts)


@st.composite
def reports(draw: st.DrawFn, *, totals_alone: bool) -> list[AmazonReport]:
    """Draw the reports of an order whose lines and quantities change; each change is reported with its lines."""
    drawn: list[AmazonReport] = []
    lines: Lines = {}
    for minutes in range(draw(st.integers(2, 5))):
        before, lines = lines, draw(LINES) if not lines or draw(OFTEN) else lines
        has_items = lines != before or not totals_alone or draw(st.booleans())
        drawn.append(draw(report_of(minutes, lines, has_items=has_items)))
    return drawn


@PATIENT
@given(reports(totals_alone=True), st.data())
def test_known_amounts_are_those_of_the_present_quantities_in_any_order(
    drawn: list[AmazonReport], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations([*drawn, *data.draw(st.lists(st.sampled_from(drawn), max_size=2))]))
    order, _ = folded(None, mixed)
    assert order == folded(None, drawn)[0]
    quantities = {line.order_item_id: line.quantity for line in order.lines}
    units = sum(quantities.values())
    assert order.order_total in (None, usd(f"{10 * units}.00"))
    for line in order.lines:
        assert line.item_price in (None, usd(f"{10 * line.quantity}.00"))
    computed = compute_totals(order)
    if isinstance(computed, Totals):
        assert computed.total.amount == 10 * units
        assert {item_id: amounts.price.amount for item_id, amounts in computed.lines.items()} == {
            item_id: 10 * quantity for item_id, quantity in quantities.items()
        }


@PATIENT
@given(reports(totals_alone=False), st.data())
def test_an_imported_order_has_the_amounts_of_its_quantities(drawn: list[AmazonReport], data: st.DataObject) -> None:
    world = World()
    world.stock(*(Product(sku=f"SKU-{number}", name="Product", quantity=100) for number in (1, 2)))
    world.publish(*data.draw(st.permutations(drawn)))
    for order in world.shop_orders:
        assert order.total == usd(f"{10 * sum(line.quantity for line in order.lines)}.00")
        assert [line.price.amount for line in order.lines] == [Decimal(10 * line.quantity) for line in order.lines]
