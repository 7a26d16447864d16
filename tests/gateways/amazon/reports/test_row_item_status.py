"""The status of a row's item is a fact of the item: only order-status is a fact of the order."""

import pytest

from gateways.amazon.reports.all_orders import read_report
from gateways.amazon.results import ParsedReport, SkippedLine
from schemas.payloads import OrderPlaced

ONE = "111-0000001-0000001"
HEADER = "Order ID,Date,Status,Fulfilment,Sales Channel,sku,Quantity,Amount,Currency,item-status"


def _results(*statuses: tuple[str, str], quantity: int = 1) -> list[object]:
    """Return the results of a report about one order, whose rows have these order statuses and item statuses."""
    rows = [
        f"{ONE},4/30/22,{status},Merchant,Amazon.com,SKU-{number},{quantity},10.00,USD,{item_status}"
        for number, (status, item_status) in enumerate(statuses, 1)
    ]
    return list(read_report([f"{line}\n".encode() for line in (HEADER, *rows)], "us", {}))


def _order(*statuses: tuple[str, str]) -> OrderPlaced:
    (read,) = _results(*statuses)
    assert isinstance(read, ParsedReport), read
    assert isinstance(read.payload, OrderPlaced)
    return read.payload


@pytest.mark.parametrize("status", ["Pending", "Unshipped", "Shipping", "Shipped"])
@pytest.mark.parametrize("rows", [1, 2])
def test_canceled_items_do_not_cancel_the_order(status: str, rows: int) -> None:
    skipped = _results(*[(status, "Cancelled")] * rows)
    assert len(skipped) == rows
    for result in skipped:
        assert isinstance(result, SkippedLine)
        assert "only an order-status of Cancelled cancels it" in result.reason


def test_a_canceled_item_is_omitted_from_an_open_order() -> None:
    order = _order(("Unshipped", "Cancelled"), ("Unshipped", "Unshipped"))
    assert (order.status, [item.seller_sku for item in order.items]) == ("Unshipped", ["SKU-2"])


def test_the_status_of_a_canceled_row_is_none_of_the_order() -> None:
    assert _order(("Unshipped", "Cancelled"), ("Shipped", "Shipped")).status == "Shipped"


def test_a_canceled_order_is_canceled_whatever_its_items_are() -> None:
    assert _order(("Cancelled", "Unshipped"), ("Cancelled", "Shipped")).status == "Canceled"
    assert _order(("Cancelled", "Cancelled")).status == "Canceled"


@pytest.mark.parametrize(
    ("statuses", "shipped"),
    [
        (("Shipped", "Shipped"), 1),
        (("Shipped", ""), 1),
        (("Shipped", "Lost"), 1),
        (("Shipped", "Unshipped"), None),
        (("Shipping", "Shipped"), 1),
    ],
)
def test_an_item_is_shipped_by_its_own_status(statuses: tuple[str, str], shipped: int | None) -> None:
    assert _order(statuses).items[0].quantity_shipped == shipped


def test_a_shipped_item_does_not_change_the_status_that_amazon_reports() -> None:
    assert _order(("Unshipped", "Shipped"), ("Unshipped", "Unshipped")).status == "Unshipped"
    assert _order(("Shipping", "Shipped"), ("Shipping", "Unshipped")).status == "PartiallyShipped"
