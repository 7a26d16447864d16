"""An order that no way of reckoning fits shows the sum of each, and the way of its marketplace's prices."""

from decimal import Decimal

import pytest

from handlers.rules.reckoning import reckonings
from handlers.rules.totals import compute_totals
from schemas.blockers import Blocker
from schemas.line import Line
from schemas.money import Money
from schemas.order import Order
from tests.builders import an_order

ADDED = "11.59 EUR with tax added to the prices"
INCLUDED = "9.99 EUR with tax included in the prices"


def order_in(marketplace_id: str) -> Order:
    """Return an order of 9.99 with a tax of 1.60, and a total of 13.98."""
    price, tax, total = (Money(currency="EUR", amount=Decimal(amount)) for amount in ("9.99", "1.60", "13.98"))
    line = Line(order_item_id="1", seller_sku="MUG", quantity=1, item_price=price, item_tax=tax)
    return an_order(lines=(line,), order_total=total, marketplace_id=marketplace_id)


@pytest.mark.parametrize(
    ("marketplace", "sums"),
    [
        (
            "A1PA6795UKMFR9",
            f"{ADDED}, or to {INCLUDED} (expected in this marketplace)",
        ),
        (
            "ATVPDKIKX0DER",
            f"{ADDED} (expected in this marketplace), or to {INCLUDED}",
        ),
        ("UNKNOWN", f"{ADDED}, or to {INCLUDED}"),
    ],
)
def test_the_reason_has_the_sum_of_each_way_and_the_expected_one(marketplace: str, sums: str) -> None:
    blocker = compute_totals(order_in(marketplace))
    assert isinstance(blocker, Blocker)
    assert blocker.reason == f"The lines add up to {sums}, Amazon's total is 13.98 EUR"


def test_lines_without_tax_have_one_way_and_lines_without_price_none() -> None:
    order = order_in("A1PA6795UKMFR9")
    untaxed = order.lines[0].model_copy(update={"item_tax": None})
    assert [str(way.sum) for way in reckonings(order.model_copy(update={"lines": (untaxed,)}))] == ["9.99 EUR"]
    unpriced = order.lines[0].model_copy(update={"item_price": None})
    assert reckonings(order.model_copy(update={"lines": (unpriced,)})) == ()
