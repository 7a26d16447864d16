"""Answers of the Orders API v0 that are no order say what they are, and how what they tell is given."""

import pytest

from gateways.amazon.orders_api.files import read_orders
from gateways.amazon.results import ParsedReport, SkippedLine
from tests.gateways.amazon.samples import ORDER_ID, Json, as_lines, dollars, only_skipped, v0_item, v0_order

ADDRESS: Json = {"ShippingAddress": {"Name": "Test Buyer", "CountryCode": "US"}}
BUYER: Json = {"BuyerEmail": "buyer@example.com", "BuyerName": "Test Buyer", "PurchaseOrderNumber": None}
GIFT: Json = {"OrderItems": [{"OrderItemId": "i-1", "GiftMessageText": "Hello", "GiftWrapPrice": dollars("3.00")}]}
ITEMS: Json = {"OrderItems": [v0_item()]}


def answer(told: Json) -> Json:
    """An answer about the order."""
    return {"payload": {"AmazonOrderId": ORDER_ID} | told}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            ADDRESS,
            "a getOrderAddress answer, which tells only a part of an order: put its ShippingAddress into the order.",
        ),
        (
            BUYER,
            "a getOrderBuyerInfo answer, which tells only a part of an order: put what it tells into the order as its",
        ),
        (
            GIFT,
            "a getOrderItemsBuyerInfo answer, which tells only a part of an order: put what it tells of an item into",
        ),
    ],
)
def test_an_answer_that_tells_a_part_of_an_order_says_how_to_give_it(told: Json, expected: str) -> None:
    assert only_skipped(read_orders(as_lines(answer(told)), "us")).reason.startswith(
        f"Order {ORDER_ID}: It is {expected}"
    )


@pytest.mark.parametrize("told", [ADDRESS, BUYER, GIFT])
def test_it_costs_itself_only_wherever_it_stands(told: Json) -> None:
    order = v0_order({"OrderItems": None})
    for documents in ([answer(told), order, answer(ITEMS)], [order, answer(told), answer(ITEMS)]):
        found = list(read_orders(as_lines(*documents), "us"))
        assert [type(one) for one in found].count(SkippedLine) == 1
        (read,) = (one for one in found if isinstance(one, ParsedReport))
        assert len(read.payload.items or ()) == 1


def test_it_does_not_stand_for_the_order_that_items_belong_to() -> None:
    found = list(read_orders(as_lines(answer(ADDRESS), answer(ITEMS)), "us"))
    assert ["the order itself is not in the file" in one.reason for one in found if isinstance(one, SkippedLine)] == [
        False,
        True,
    ]
