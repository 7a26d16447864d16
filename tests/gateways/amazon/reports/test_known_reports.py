"""Amazon's reports are recognised by their columns: New and Unshipped Orders are parsed, others are named."""

from typing import Any

import pytest

from gateways.amazon.reports.all_orders import read_report
from gateways.errors import UnreadableInputError
from schemas.payloads import OrderPlaced
from schemas.status import AmazonStatus, Channel
from tests.gateways.amazon.samples import only_read

US = "ATVPDKIKX0DER"
ORDER = "111-0000001-0000001"
NEW = {
    "order-id": ORDER,
    "order-item-id": "11111111111111",
    "purchase-date": "2026-01-01T10:50:49-08:00",
    "payments-date": "2026-01-05T10:50:49-08:00",
    "buyer-email": "buyer@example.net",
    "buyer-name": "Test Buyer",
    "buyer-phone-number": "555-123-4567",
    "sku": "MUG",
    "product-name": "A mug",
    "quantity-purchased": "2",
    "currency": "USD",
    "item-price": "20.00",
    "item-tax": "1.00",
    "shipping-price": "4.00",
    "shipping-tax": "0.00",
    "ship-service-level": "Standard",
    "recipient-name": "Test Recipient",
    "ship-address-1": "1 Test Street",
    "ship-address-2": "",
    "ship-address-3": "",
    "ship-city": "Testville",
    "ship-state": "CA",
    "ship-postal-code": "90001",
    "ship-country": "US",
    "ship-phone-number": "555-123-4567",
}
"""The columns of GET_FLAT_FILE_ORDERS_DATA, and a row."""

_NOT_UNSHIPPED = ("currency", "item-price", "item-tax", "shipping-price", "shipping-tax")
UNSHIPPED = {name: cell for name, cell in NEW.items() if name not in _NOT_UNSHIPPED} | {
    "reporting-date": "2026-01-06T10:50:49-08:00",
    "promise-date": "2026-01-09T10:50:49-08:00",
    "days-past-promise": "-3",
    "quantity-shipped": "0",
    "quantity-to-ship": "2",
}
"""The columns of GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING, and a row."""


def report(*rows: dict[str, str]) -> list[bytes]:
    """Return a tab-separated report of these rows."""
    return ["\t".join(cells).encode() + b"\n" for cells in (rows[0], *(row.values() for row in rows))]


def order_of(row: dict[str, str], marketplace: str | None = US) -> OrderPlaced:
    """Return the only order of a report of this row."""
    payload = only_read(read_report(report(row), "us", {}, None, marketplace)).payload
    assert isinstance(payload, OrderPlaced)
    return payload


def refusal(data: bytes, columns: dict[str, str] | None = None) -> str:
    """Return why a file is refused."""
    with pytest.raises(UnreadableInputError) as error:
        list(read_report([data], "us", columns or {}))
    return str(error.value)


@pytest.mark.parametrize("row", [NEW, UNSHIPPED])
def test_a_report_of_shippable_orders_is_parsed_with_its_address(row: dict[str, str]) -> None:
    order = order_of(row)
    assert (order.status, order.fulfillment_channel, order.marketplace_id) == (AmazonStatus.UNSHIPPED, Channel.MFN, US)
    assert (order.items[0].quantity, order.items[0].order_item_id) == (2, "11111111111111")
    assert order.shipping_address is not None
    assert (order.shipping_address.name, order.shipping_address.line1) == ("Test Recipient", "1 Test Street")
    assert order.buyer is not None
    assert order.buyer.email == "buyer@example.net"


def test_new_orders_have_amounts_and_date_from_the_payment() -> None:
    order = order_of(NEW)
    assert (str(order.items[0].item_price), str(order.items[0].shipping_price)) == ("20.00 USD", "4.00 USD")
    assert order.last_update_date.isoformat() == "2026-01-05T18:50:49+00:00"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"quantity-shipped": "1"}, (AmazonStatus.PARTIALLY_SHIPPED, US)),
        ({"sales-channel": "Amazon.de"}, (AmazonStatus.UNSHIPPED, "A1PA6795UKMFR9")),
        ({"sales-channel": ""}, (AmazonStatus.UNSHIPPED, US)),
    ],
)
def test_pieces_shipped_and_the_sales_channel_are_the_rows(facts: dict[str, str], expected: tuple[Any, ...]) -> None:
    order = order_of(UNSHIPPED | facts)
    assert (order.status, order.marketplace_id) == expected


def test_a_report_without_marketplace_names_the_stores_setting() -> None:
    assert "stores set STORE_ID --marketplace-id ID" in refusal(b"".join(report(NEW)))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("amazon-order-id\tshipment-id\tshipment-item-id\tpurchase-date\tsku", "Amazon Fulfilled Shipments"),
        ("settlement-id\ttransaction-type\torder-id\tamount", "a settlement"),
        ("return-date\torder-id\tsku\tdetailed-disposition", "FBA customer returns"),
        ("Order ID,Order date,Return request date", "seller-fulfilled returns"),
        ("item-name\tlisting-id\tseller-sku\tprice\tquantity", "listings"),
        ("sku\tfnsku\tafn-fulfillable-quantity", "FBA inventory"),
    ],
)
def test_another_report_is_named_with_what_to_fetch_instead(header: str, name: str) -> None:
    reason = refusal(f"{header}\n".encode())
    assert name in reason
    assert "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL" in reason
    assert "--column" not in reason


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b'<?xml version="1.0"?>\n<AmazonEnvelope>\n</AmazonEnvelope>', "an XML report"),
        (b"\xef\xbb\xbf\n  <AmazonEnvelope/>", "an XML report"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"PK\x03\x04rest", "an Excel workbook"),
        (b"%PDF-1.7", "a PDF document"),
        (b'{"payload": {}}', "--from amazon-order"),
    ],
)
def test_a_file_that_is_no_table_is_named(data: bytes, what: str) -> None:
    assert what in refusal(data)


def test_an_unknown_table_is_refused_with_all_its_missing_columns() -> None:
    reason = refusal(b"sku,quantity,order-id,purchase-date,order-status\n")
    assert 'columns "fulfillment-channel", "sales-channel"' in reason
    assert "--column fulfillment-channel=HEADER --column sales-channel=HEADER" in reason
