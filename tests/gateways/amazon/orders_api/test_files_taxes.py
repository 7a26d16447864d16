"""Taxes on discounts: orders of both versions add up where tax comes on top of prices and where prices contain it."""

import pytest

from gateways.amazon.money import lines_total
from gateways.amazon.orders_api.files import read_orders
from schemas.amazon_report import Item
from tests.gateways.amazon.samples import (
    Json,
    as_lines,
    dollars,
    item_2026,
    money,
    only_read,
    order_2026,
    v0_item,
    v0_order,
)

GERMANY: Json = {"MarketplaceId": "A1PA6795UKMFR9"}
UNTAXED = v0_item({"ItemTax": dollars("2.00"), "ShippingTax": dollars("0.50")})
"""20.00 and 5.00 for the shipping, of which 2.00 and 1.00 are taken off; their taxes are 10 % of them."""


def taxed_v0(total: str | None, changes: Json | None = None) -> Json:
    """An order of v0 with taxes on its discounts."""
    item = UNTAXED | {"PromotionDiscountTax": dollars("0.20"), "ShippingDiscountTax": dollars("0.10")}
    return v0_order({"OrderTotal": dollars(total) if total else None} | (changes or {}), [item])


def taxed_2026(total: str, tax: str, *parts: tuple[str, str], item: str = "20.00") -> Json:
    """An order of 2026-01-01 of 20.00, or as in *item*, and 5.00 for the shipping, less 3.00."""
    breakdowns: list[Json] = [
        {"type": "ITEM", "subtotal": money(item)},
        {"type": "SHIPPING", "subtotal": money("5.00")},
        {"type": "DISCOUNT", "subtotal": money("-3.00")},
        {
            "type": "TAX",
            "subtotal": money(tax),
            "detailedBreakdowns": [{"subtype": kind, "value": money(amount)} for kind, amount in parts],
        },
    ]
    reported_item = item_2026({"proceeds": {"breakdowns": breakdowns}})
    return order_2026({"proceeds": {"grandTotal": money(total)}, "orderItems": [reported_item]})


def amounts(order: Json) -> list[str | None]:
    """Price, tax, shipping, its tax and discount as text, after the lines were found to come to the total, if any."""
    payload = only_read(read_orders(as_lines(order), "us")).payload
    (item,) = payload.items or ()
    assert isinstance(item, Item)
    assert payload.order_total in (None, lines_total([dict(item)]))
    parts = (item.item_price, item.item_tax, item.shipping_price, item.shipping_tax, item.discount)
    return [None if part is None else str(part.amount) for part in parts]


TAX_ON_TOP = ["20.00", "1.80", "5.00", "0.40", "3.00"]
TAX_CONTAINED = ["18.00", "1.80", "4.50", "0.40", "2.70"]


def test_where_tax_is_added_a_discount_reduces_it() -> None:
    assert amounts(taxed_v0("24.20")) == TAX_ON_TOP


def test_taxes_reported_without_that_on_the_discount_stay() -> None:
    assert amounts(taxed_v0("24.50")) == ["20.00", "2.00", "5.00", "0.50", "3.00"]


def test_where_prices_include_tax_discounts_do_too() -> None:
    assert amounts(taxed_v0("22.00", GERMANY)) == TAX_CONTAINED


@pytest.mark.parametrize(("marketplace", "expected"), [({}, TAX_ON_TOP), (GERMANY, TAX_CONTAINED)])
def test_without_a_total_the_marketplace_decides_whether_prices_include_tax(
    marketplace: Json, expected: list[str]
) -> None:
    assert amounts(taxed_v0(None, marketplace)) == expected


def test_a_total_that_never_matches_leaves_the_amounts_as_reported() -> None:
    order = taxed_v0("24.30")
    payload = only_read(read_orders(as_lines(order), "us")).payload
    (item,) = payload.items or ()
    assert [str(money.amount) for money in (item.item_price, item.item_tax, item.discount) if money] == [
        "20.00",
        "2.00",
        "3.00",
    ]
    assert lines_total([dict(item)]) != payload.order_total


PARTS = (("ITEM", "2.00"), ("SHIPPING", "0.50"), ("DISCOUNT", "-0.30"))


def test_in_2026_the_tax_on_the_discount_is_part_of_the_tax() -> None:
    assert amounts(taxed_2026("24.20", "2.20", *PARTS)) == ["20.00", "1.70", "5.00", "0.50", "3.00"]
    assert amounts(taxed_2026("22.00", "2.20", *PARTS)) == ["18.00", "1.70", "4.50", "0.50", "2.70"]


def test_proceeds_of_2026_without_a_total_never_include_tax() -> None:
    order = taxed_2026("24.20", "2.20", *PARTS)
    order |= {"proceeds": None, "salesChannel": {"channelName": "AMAZON", "marketplaceId": GERMANY["MarketplaceId"]}}
    assert amounts(order) == ["20.00", "1.70", "5.00", "0.50", "3.00"]


def test_proceeds_of_an_unknown_type_are_part_of_the_item_price() -> None:
    order = taxed_2026("24.70", "2.20", *PARTS)
    proceeds = order["orderItems"][0]["proceeds"]  # type: ignore[index]
    proceeds["breakdowns"].append({"type": "RECYCLING_FEE", "subtotal": money("0.50")})
    assert amounts(order)[0] == "20.50"


def test_proceeds_that_are_not_broken_down_are_the_price() -> None:
    proceeds: Json = {"proceedsTotal": money("103.97")}
    items = [item_2026({"proceeds": proceeds})]
    assert amounts(order_2026({"orderItems": items})) == ["103.97", None, None, None, None]
