"""Money: lines must add up to Amazon's total, in exact decimals."""

from decimal import Decimal
from typing import Any

import pytest

from handlers.rules.totals import Totals, compute_totals
from schemas.blockers import Blocker
from schemas.line import Line
from schemas.money import Money
from schemas.order import Order
from tests.builders import an_order, usd

LARGEST = usd("999999999999.999999")


def _lines(*lines: dict[str, Any], total: Money | None = None) -> Order:
    priced = tuple(
        Line.model_validate({"order_item_id": str(place), "seller_sku": "SKU", "quantity": 1} | line)
        for place, line in enumerate(lines)
    )
    return an_order(lines=priced, order_total=total)


def _totals(order: Order) -> Totals:
    totals = compute_totals(order)
    assert isinstance(totals, Totals)
    return totals


def _reason(order: Order) -> str:
    totals = compute_totals(order)
    assert isinstance(totals, Blocker)
    return totals.reason


def test_tax_beside_the_price_stays_beside_it() -> None:
    line = {
        "item_price": usd("10.00"),
        "item_tax": usd("0.80"),
        "shipping_price": usd("2"),
        "shipping_tax": usd("0.16"),
    }
    amounts = _totals(_lines(line, total=usd("12.96"))).lines["0"]
    assert (amounts.price, amounts.tax, amounts.shipping) == (usd("10.00"), usd("0.96"), usd("2"))


def test_tax_included_in_the_price_is_taken_out_of_it() -> None:
    line = {"item_price": usd("12.00"), "item_tax": usd("2.00"), "shipping_price": usd("6"), "shipping_tax": usd("1")}
    totals = _totals(_lines(line, total=usd("18.00")))
    amounts = totals.lines["0"]
    assert (amounts.price, amounts.tax, amounts.shipping) == (usd("10.00"), usd("3.00"), usd("5"))
    assert totals.total == usd("18.00")


def test_the_created_order_adds_up_to_its_total() -> None:
    line = {"item_price": usd("12.00"), "item_tax": usd("2.00"), "discount": usd("1.50")}
    for total in ("10.50", "12.50"):
        totals = _totals(_lines(line, total=usd(total)))
        amounts = totals.lines["0"]
        summed = amounts.price.amount + amounts.tax.amount + amounts.shipping.amount - amounts.discount.amount
        assert summed == totals.total.amount == Decimal(total)


def test_a_line_price_is_not_multiplied_by_its_quantity() -> None:
    totals = _totals(_lines({"item_price": usd("30.00"), "quantity": 3}, total=usd("30.00")))
    assert totals.lines["0"].price == usd("30.00")


def test_a_missing_total_is_the_sum() -> None:
    assert _totals(_lines({"item_price": usd("10.10")}, {"item_price": usd("0.20")})).total == usd("10.30")


def test_decimals_are_exact() -> None:
    cents = [{"item_price": usd("0.10")}] * 3
    assert _totals(_lines(*cents, total=usd("0.3"))).total == usd("0.3")


def test_a_currency_without_decimals_adds_up() -> None:
    yen = Money(currency="JPY", amount=Decimal(1200))
    assert _totals(_lines({"item_price": yen}, total=yen)).total == yen


def test_the_only_line_without_a_price_gets_the_price_implied_by_the_total() -> None:
    totals = _totals(_lines({"shipping_price": usd("2.00")}, total=usd("12.00")))
    assert totals.lines["0"].price == usd("10.00")


@pytest.mark.parametrize(
    ("line", "total"),
    [
        ({"discount": LARGEST}, "10"),
        ({"item_price": usd("1"), "item_tax": LARGEST, "shipping_tax": usd("1"), "discount": LARGEST}, "2"),
        ({"item_price": usd("-10"), "item_tax": LARGEST}, "-10"),
    ],
)
def test_a_computed_amount_beyond_the_limit_blocks(line: dict[str, Any], total: str) -> None:
    assert _reason(_lines(line, total=usd(total))) == (
        "An amount of a line comes to more than 1,000,000,000,000, which no line costs"
    )


@pytest.mark.parametrize("total", [usd("11"), None])
def test_a_negative_discount_blocks(total: Money | None) -> None:
    order = _lines({"item_price": usd("10"), "discount": usd("-1")}, total=total)
    assert _reason(order) == "The discount of a line is less than 0; report it as the amount subtracted"


@pytest.mark.parametrize(
    ("line", "total"),
    [
        ({"item_tax": usd("1"), "shipping_price": usd("5")}, "4"),
        ({"item_price": usd("-2")}, "-2"),
        ({"item_price": usd("1"), "item_tax": usd("2")}, "1"),
        ({"item_price": usd("9"), "shipping_price": usd("1"), "shipping_tax": usd("2")}, "10"),
    ],
)
def test_a_negative_price_blocks(line: dict[str, Any], total: str) -> None:
    assert _reason(_lines(line, total=usd(total))) == (
        "The price or the shipping of a line comes to less than 0, which no line costs"
    )


def test_a_free_line_adds_up() -> None:
    assert _totals(_lines({"item_price": usd("0")}, total=usd("0"))).lines["0"].price == usd("0")


def test_a_missing_price_among_several_lines_blocks() -> None:
    order = _lines({"item_price": usd("10.00")}, {}, total=usd("12.00"))
    assert _reason(order) == "The price of a line is missing"


def test_missing_amounts_block() -> None:
    assert "missing" in _reason(_lines({}))


def test_two_currencies_block() -> None:
    euro = Money(currency="EUR", amount=Decimal(10))
    assert "several currencies" in _reason(_lines({"item_price": euro}, total=usd("10.00")))


def test_a_difference_of_one_cent_blocks() -> None:
    assert _reason(_lines({"item_price": usd("10.00")}, total=usd("10.01"))) == (
        "The lines add up to 10.00 USD, Amazon's total is 10.01 USD"
    )
