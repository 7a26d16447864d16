"""No imported order has a total or amounts that were reported for other quantities or lines than it has."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handlers.accept_total import decide, refusal
from handlers.rules.totals import Totals, compute_totals
from handlers.table import HANDLERS
from schemas.money import Money
from schemas.order import AcceptedTotal
from schemas.payloads import StatusChanged
from schemas.product import Product
from schemas.status import AmazonStatus
from schemas.synthetic_items import synthetic_id
from tests.builders import HOME, ORDER_ID, START, an_item, changed, order_context, placed, usd
from tests.handlers.test_handlers_any_order import OFTEN, folded
from tests.handlers.world import World

Lines = dict[int, int]
"""The quantity of each line of an order, by the line's number."""

LINES = st.dictionaries(st.integers(1, 3), st.integers(1, 3), min_size=1)
COMPLETE = placed().model_dump(include={"purchase_date", "marketplace_id", "fulfillment_channel"})

UNIT_PRICES = {1: 10, 2: 100, 3: 1000}
"""No two orders of up to three pieces of each line cost the same, so that no other order's total goes unnoticed."""


def _price(number: int, quantity: int) -> Money:
    return usd(f"{UNIT_PRICES[number] * quantity}.00")


def _total(quantities: Mapping[str, int]) -> Money:
    """Return the total of these quantities, by seller SKU or by item id."""
    return usd(f"{sum(UNIT_PRICES[_number(name)] * quantity for name, quantity in quantities.items())}.00")


def _number(name: str) -> int:
    """Return the number of a line by its seller SKU (`SKU-1`) or item id (`item-1`, `ORDER/1`)."""
    return int(name[-1])


@st.composite
def report_of(draw: st.DrawFn, minutes: float, lines: Lines, *, has_items: bool) -> StatusChanged:
    """Draw a report of an order that has these lines, with or without the facts that Amazon may omit."""
    facts: dict[str, Any] = {**COMPLETE, "shipping_address": HOME}
    status = draw(st.sampled_from(["Pending", "Pending", "Unshipped", "Unshipped", "Canceled"]))
    if has_items:
        synthetic = draw(st.sampled_from([False, False, False, True]))
        facts["items"] = tuple(
            an_item(
                number,
                order_item_id=synthetic_id(ORDER_ID, number) if synthetic else f"item-{number}",
                quantity=quantity,
                item_price=draw(st.sampled_from([None, _price(number, quantity)])),
            )
            for number, quantity in lines.items()
        )
    if status == "Canceled" and draw(st.booleans()):  # Amazon reports canceled lines with quantity 0
        empty = {"quantity": 0, "item_price": None}
        facts["items"] = tuple(item.model_copy(update=empty) for item in facts.get("items", ()))
        return changed(status, minutes, **facts)
    if draw(st.booleans()):
        facts["order_total"] = _total({f"item-{number}": quantity for number, quantity in lines.items()})
    return changed(status, minutes, **facts)


@st.composite
def reports(draw: st.DrawFn, *, totals_alone: bool) -> list[StatusChanged]:
    """Draw the reports of an order whose lines and quantities change; each change is reported with its lines.

    Reports of other lines may have the same instant, but not totals without lines: nothing shows whose those are.
    """
    drawn: list[StatusChanged] = []
    lines: Lines = {}
    minutes = 0
    for _ in range(draw(st.integers(2, 5))):
        before, lines = lines, draw(LINES) if not lines or draw(OFTEN) else lines
        has_items = lines != before or not totals_alone or draw(st.booleans())
        minutes += 1 if totals_alone else draw(st.sampled_from([1, 1, 0]))
        drawn.append(draw(report_of(minutes, lines, has_items=has_items)))
        if drawn[-1].status is AmazonStatus.CANCELED:
            break
    return drawn


@given(reports(totals_alone=True), st.data())
def test_known_amounts_are_those_of_the_present_quantities_in_any_order(
    drawn: list[StatusChanged], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations([*drawn, *data.draw(st.lists(st.sampled_from(drawn), max_size=2))]))
    order, _ = folded(None, [*mixed])
    assert order == folded(None, [*drawn])[0]
    quantities = {line.order_item_id: line.quantity for line in order.lines}
    assert order.order_total in (None, _total(quantities))
    for line in order.lines:
        assert line.item_price in (None, _price(_number(line.order_item_id), line.quantity))
    computed = compute_totals(order)
    if isinstance(computed, Totals):
        assert computed.total == _total(quantities)
        assert {item_id: amounts.price for item_id, amounts in computed.lines.items()} == {
            item_id: _price(_number(item_id), quantity) for item_id, quantity in quantities.items()
        }


class _Staff:
    """A person who accepts a total of 7.77 for each unit, where amounts block the order."""

    def __init__(self) -> None:
        """Accept nothing yet."""
        self.totals: list[Money] = []

    def accept(self, world: World) -> None:
        """Accept the total of the order as it is, if it can be accepted."""
        if not world.orders or (order := world.order()).order_total:
            return
        total = usd(str(Decimal("7.77") * sum(order.quantities.values())))
        if refusal(order, total):
            return
        self.totals.append(total)
        record = AcceptedTotal(total=total, quantities=order.quantities, who="ann", at=START, reason="checked")
        decision = decide(order_context(order, world.store), record)
        assert decision.order is not None
        world.orders[order.key] = decision.order
        world.publish(*(payload for payload in decision.follow_ups if type(payload) in HANDLERS))


@given(reports(totals_alone=False), st.data())
def test_an_imported_order_has_the_amounts_of_its_quantities(drawn: list[StatusChanged], data: st.DataObject) -> None:
    """Reports in any order, cancellations, totals accepted by staff, and answers of Amazon, as a state machine."""
    world, staff = World(), _Staff()
    world.stock(*(Product(sku=f"SKU-{number}", name="Product", quantity=100) for number in UNIT_PRICES))
    world.gateways.amazon.place([placed()])
    world.gateways.amazon.change(data.draw(st.sampled_from(drawn)))
    for report in data.draw(st.permutations([*drawn, *data.draw(st.lists(st.sampled_from(drawn), max_size=2))])):
        world.publish(report)
        if data.draw(st.booleans()):
            staff.accept(world)
    for order in world.shop_orders:
        quantities = {line.sku: line.quantity for line in order.lines}
        accepted = usd(str(Decimal("7.77") * sum(quantities.values())))
        assert order.total == _total(quantities) or (order.total == accepted and accepted in staff.totals)
        if order.total == _total(quantities):
            assert [line.price for line in order.lines] == [
                _price(_number(line.sku), line.quantity) for line in order.lines
            ]
