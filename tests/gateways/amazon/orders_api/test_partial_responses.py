"""Partial responses of the Orders API v0 are skipped, with the way to merge them into their orders."""

import pytest

from gateways.amazon.orders_api.files import read_orders
from gateways.amazon.results import ParsedReport, SkippedLine
from tests.gateways.amazon.samples import ORDER_ID, Json, as_lines, dollars, only_skipped, v0_item, v0_order

ADDRESS: Json = {"ShippingAddress": {"Name": "Test Buyer", "CountryCode": "US"}}
BUYER: Json = {"BuyerEmail": "buyer@example.com", "BuyerName": "Test Buyer", "PurchaseOrderNumber": None}
GIFT: Json = {"OrderItems": [{"OrderItemId": "i-1", "GiftMessageText": "Hello", "GiftWrapPrice": dollars("3.00")}]}
ITEMS: Json = {"OrderItems": [v0_item()]}


def answer(fields: Json) -> Json:
    """A response about the order."""
    return {"payload": {"AmazonOrderId": ORDER_ID} | fields}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            ADDRESS,
            "a getOrderAddress response, which has only part of an order: put its ShippingAddress and",
        ),
        (
            BUYER,
            "a getOrderBuyerInfo response, which has only part of an order: put its fields into the order as its",
        ),
        (
            GIFT,
            "a getOrderItemsBuyerInfo response, which has only part of an order: put the fields of each item into",
        ),
    ],
)
def test_a_partial_response_is_skipped_with_the_way_to_merge_it(fields: Json, expected: str) -> None:
    assert only_skipped(read_orders(as_lines(answer(fields)), "us")).reason.startswith(
        f"Order {ORDER_ID}: It is {expected}"
    )


@pytest.mark.parametrize("fields", [ADDRESS, BUYER, GIFT])
def test_a_partial_response_costs_no_order_wherever_it_is(fields: Json) -> None:
    order = v0_order({"OrderItems": None})
    for documents in ([answer(fields), order, answer(ITEMS)], [order, answer(fields), answer(ITEMS)]):
        results = list(read_orders(as_lines(*documents), "us"))
        assert [type(result) for result in results].count(SkippedLine) == 1
        (read,) = (result for result in results if isinstance(result, ParsedReport))
        assert len(read.payload.items or ()) == 1


def test_a_partial_response_is_not_taken_for_the_order_of_items() -> None:
    results = list(read_orders(as_lines(answer(ADDRESS), answer(ITEMS)), "us"))
    assert [
        "the order itself is not in the file" in result.reason for result in results if isinstance(result, SkippedLine)
    ] == [
        False,
        True,
    ]
