"""Order reports, Amazon's and sellers' own, become one OrderPlaced an order."""

import tracemalloc
from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from gateways.amazon.reports.all_orders import read_report
from gateways.amazon.results import Notice, ParsedReport, SkippedLine
from gateways.errors import UnreadableInputError
from schemas.payloads import OrderPlaced
from tests.gateways.amazon.samples import only_read, only_skipped

HEADER = "Order ID,Date,Status,Fulfilment,Sales Channel,sku,Quantity,Amount,Currency"
ONE, TWO, THREE = (f"111-000000{n}-000000{n}" for n in (1, 2, 3))


def all_results(*lines: str, columns: Mapping[str, str] | None = None) -> list[ParsedReport | SkippedLine | Notice]:
    """Return all results of a report of these lines."""
    return list(read_report([f"{line}\n".encode() for line in lines], "us", columns or {}))


def results(*lines: str, columns: Mapping[str, str] | None = None) -> list[ParsedReport | SkippedLine]:
    """Return the results of a report of these lines without notices."""
    return [result for result in all_results(*lines, columns=columns) if not isinstance(result, Notice)]


def row(order: str = ONE, status: str = "Shipped", quantity: str = "1", amount: str = "10.00", sku: str = "MUG") -> str:
    """A row under HEADER."""
    return f"{order},4/30/22,{status},Amazon,Amazon.com,{sku},{quantity},{amount},USD"


def order_of(read: ParsedReport | SkippedLine) -> OrderPlaced:
    """The order that was read."""
    assert isinstance(read, ParsedReport), read
    assert isinstance(read.payload, OrderPlaced)
    return read.payload


def test_rows_of_an_order_need_not_be_adjacent() -> None:
    first, second = results(HEADER, row(), row(TWO), row(amount="5.50"))
    assert (order_of(first).amazon_order_id, len(order_of(first).items), first.line) == (ONE, 2, 2)
    assert [str(item.item_price) for item in order_of(first).items] == ["10.00 USD", "5.50 USD"]
    assert [item.order_item_id for item in order_of(first).items] == [f"{ONE}/1", f"{ONE}/2"]
    assert (order_of(second).amazon_order_id, second.line) == (TWO, 3)


def test_an_amount_of_0_without_currency_is_missing() -> None:
    (read,) = results(HEADER, row(amount="0.00").replace("USD", ""))
    assert order_of(read).items[0].item_price is None


def test_an_order_has_the_currency_of_any_of_its_rows() -> None:
    (read,) = results(HEADER, row(amount="0.00").replace("USD", ""), row(amount="5.50"))
    assert [str(item.item_price) for item in order_of(read).items] == ["0.00 USD", "5.50 USD"]


def test_amazons_tab_separated_report_is_parsed_with_all_its_columns() -> None:
    columns = {
        "amazon-order-id": ONE,
        "purchase-date": "2026-01-02T03:04:05+00:00",
        "last-updated-date": "2026-01-03T03:04:05+00:00",
        "order-status": "Unshipped",
        "fulfillment-channel": "Merchant",
        "sales-channel": "Amazon.com",
        "ship-service-level": "Standard",
        "product-name": '"Best" mug, 12" high',
        "sku": "MUG",
        "asin": "B000000001",
        "item-status": "Unshipped",
        "quantity": "2",
        "currency": "USD",
        "item-price": "20.00",
        "item-tax": "1.60",
        "shipping-price": "5.00",
        "shipping-tax": "0.40",
        "gift-wrap-price": "3.00",
        "gift-wrap-tax": "",
        "item-promotion-discount": "2.00",
        "ship-promotion-discount": "1.00",
        "ship-city": "Testville",
        "ship-state": "WA",
        "ship-postal-code": "00000",
        "ship-country": "US",
        "is-business-order": "true",
        "promotion-ids": "not read",
    }
    payload = order_of(results("\t".join(columns), "\t".join(columns.values()))[0])
    (item,) = payload.items
    assert (item.title, item.asin, str(item.item_price)) == ('"Best" mug, 12" high', "B000000001", "23.00 USD")
    assert (str(item.discount), payload.order_total) == ("3.00 USD", None)
    assert (payload.last_update_date.day, payload.purchase_date.day) == (3, 2)
    assert (payload.is_business, payload.fulfillment_channel, payload.ship_service_level) == (True, "MFN", "Standard")
    assert payload.shipping_address is not None
    assert (payload.shipping_address.city, payload.shipping_address.country_code) == ("Testville", "US")


def test_tax_is_subtracted_from_prices_where_a_marketplace_includes_it() -> None:
    header = HEADER + ",item-tax"
    german, american = (
        order_of(results(header, row().replace("Amazon.com", to) + ",1.60")[0]) for to in ("Amazon.de", "Amazon.com")
    )
    assert [str(result.items[0].item_price) for result in (german, american)] == ["8.40 USD", "10.00 USD"]


def test_a_column_of_another_name_is_chosen_and_wins() -> None:
    (read,) = results(HEADER + ",Category", row() + ",CUP", columns={"sku": "category"})
    assert order_of(read).items[0].seller_sku == "CUP"


@pytest.mark.parametrize(
    ("header", "columns", "reason"),
    [
        (HEADER.replace("sku", "Category"), {}, "--column sku=HEADER"),
        (HEADER, {"sku": "Style"}, 'no column "Style"'),
        (HEADER, {"colour": "sku"}, 'no column "colour"'),
        ("just some words", {}, "amazon-order-id"),
    ],
)
def test_a_missing_column_is_one_error_with_its_solution(header: str, columns: dict[str, str], reason: str) -> None:
    with pytest.raises(UnreadableInputError, match=reason):
        results(header, row(), columns=columns)


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiter_and_encoding_are_detected(delimiter: str, encoding: str) -> None:
    text = "\r\n".join([" ORDER_ID " + HEADER[8:], row(sku="CAF\u00c9"), ""]).replace(",", delimiter)
    with capture_logs() as logs:
        read = only_read(read_report([text.encode(encoding)], "us", {}))
    assert order_of(read).items[0].seller_sku == "CAF\u00c9"
    assert bool(logs) == (encoding == "cp1252")


@pytest.mark.parametrize("text", [b"", b"\xef\xbb\xbf", b"\n\n", HEADER.encode(), HEADER.encode() + b"\n,,,,,,,,\n"])
def test_a_report_without_rows_has_no_orders(text: bytes) -> None:
    assert list(read_report([text], "us", {})) == []


def test_tables_that_people_put_beside_a_report_are_ignored() -> None:
    read = results(HEADER + ",,,", row() + ",Mean,590.5,", ",,,,,,,,,Sum,1881,", row(TWO) + ",,,")
    assert [order_of(result).amazon_order_id for result in read] == [ONE, TWO]


@pytest.mark.parametrize(
    ("statuses", "expected", "lines"),
    [
        (["Shipped", "Shipped - Delivered to Buyer"], "Shipped", 2),
        (["Cancelled", "Canceled"], "Canceled", 2),
        (["Cancelled", "Shipped"], "Shipped", 1),
        (["Shipped", "Unshipped"], "PartiallyShipped", 2),
        (["Pending", "Unshipped"], "Unshipped", 2),
    ],
)
def test_rows_of_one_order_agree_on_a_status(statuses: list[str], expected: str, lines: int) -> None:
    payload = order_of(results(HEADER, *(row(status=status) for status in statuses))[0])
    assert (payload.status, len(payload.items)) == (expected, lines)


def test_a_row_whose_item_was_canceled_is_omitted() -> None:
    (read,) = results(HEADER + ",item-status", row() + ",Cancelled", row(sku="CUP") + ",Shipped")
    assert [item.seller_sku for item in order_of(read).items] == ["CUP"]
    assert order_of(read).items[0].order_item_id == f"{ONE}/2"


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["Shipped", "Unshipped"], "PartiallyShipped"),
        (["Shipped", "Shipped"], "PartiallyShipped"),
        (["Unshipped", "Unshipped"], "Unshipped"),
        (["Cancelled", "Unshipped"], "Unshipped"),
    ],
)
def test_an_order_that_is_shipping_is_partially_shipped_once_a_line_of_it_is(
    statuses: list[str], expected: str
) -> None:
    rows = (f"{row(status='Shipping')},{status}" for status in statuses)
    assert order_of(results(HEADER + ",item-status", *rows)[0]).status == expected


def test_a_quantity_of_0_is_accepted_in_canceled_orders_only() -> None:
    canceled, shipped = results(HEADER, row(status="Cancelled", quantity="0"), row(TWO, quantity="0"))
    assert order_of(canceled).items[0].quantity == 0
    assert isinstance(shipped, SkippedLine)
    assert "quantity 0" in shipped.reason


def test_an_order_of_a_report_has_no_total() -> None:
    assert order_of(results(HEADER, row(), row())[0]).order_total is None


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (row(status="Lost"), "order-status is not a status that is known"),
        (row(quantity="many"), "quantity is not a whole number"),
        (row(quantity=""), "quantity is missing"),
        (row(amount="1.234"), "item-price can be read in two ways"),
        (row(sku=""), "sku is missing"),
        (row(sku="x" * 201), "seller_sku: String should have at most"),
        (row(sku="a\0b"), "seller_sku: String should match"),
        (row().replace("4/30/22", "soon"), "purchase-date is not a date"),
        (row().replace("4/30/22", "0001-01-01T00:00:00+10:00"), "purchase-date is not a date"),
        (row().replace("USD", ""), "currency is missing"),
        (row().replace("Amazon,", "Nobody,"), "fulfillment-channel is neither"),
        (row() + ",106", "more cells than the header"),
        ("Total,,,,,,,,", "amazon-order-id is no Amazon order id"),
        (ONE, "is missing"),
    ],
)
def test_a_broken_row_is_reported_by_line_and_reason_and_the_rest_is_parsed(broken: str, reason: str) -> None:
    before, skipped, after = results(HEADER, row(TWO), broken, row(THREE))
    assert isinstance(skipped, SkippedLine)
    assert (skipped.line, reason in skipped.reason) == (3, True), skipped
    assert [order_of(result).amazon_order_id for result in (before, after)] == [TWO, THREE]


def test_an_order_with_a_broken_row_is_skipped_whole_with_each_of_its_lines() -> None:
    skipped = results(HEADER, row(), row(TWO), row(status="Lost"), row())
    assert [(result.line, isinstance(result, SkippedLine)) for result in skipped] == [
        (2, True),
        (3, False),
        (4, True),
        (5, True),
    ]
    assert all("line 4" in result.reason for result in skipped if isinstance(result, SkippedLine) and result.line != 4)


def test_rows_whose_amounts_add_up_to_more_than_can_be_stored_are_skipped() -> None:
    most = row(amount="999999999999.99") + ",1.00"
    skipped = results(HEADER + ",gift-wrap-price", row() + ",", row(TWO) + ",", most)
    assert [(result.line, isinstance(result, SkippedLine)) for result in skipped] == [(2, True), (3, False), (4, True)]


def test_two_rows_with_one_item_id_are_not_taken_for_one_order() -> None:
    skipped = results(HEADER + ",order-item-id", row() + ",7", row() + ",7")
    assert ["same order_item_id" in result.reason for result in skipped if isinstance(result, SkippedLine)] == [
        True,
        True,
    ]


def test_an_unclosed_quotation_mark_is_reported_with_the_lines_lost() -> None:
    read, *skipped = results(HEADER, row(), row(TWO, sku='"MUG'), row(THREE))
    assert order_of(read).amazon_order_id == ONE
    reasons = [result.reason for result in skipped if isinstance(result, SkippedLine)]
    assert [f"Order {order}: Lines 3 to 4" in reason for order, reason in zip((TWO, THREE), reasons, strict=True)] == [
        True,
        True,
    ]


def test_an_order_with_a_malformed_row_is_skipped() -> None:
    for broken in (row(sku='"MUG" x'), row() + ",106"):
        assert [type(result) for result in results(HEADER, row(), broken, row(TWO))] == [
            SkippedLine,
            SkippedLine,
            ParsedReport,
        ]


def test_a_country_that_is_no_code_is_refused_without_repeating_it() -> None:
    assert "Secretland" not in only_skipped(results(HEADER + ",ship-country", row() + ",Secretland")).reason


def test_an_unknown_marketplace_stays_as_written() -> None:
    (read,) = results(HEADER, row().replace("Amazon.com", "Amazon.example"))
    assert order_of(read).marketplace_id == "Amazon.example"


def test_orders_not_sold_on_amazon_are_omitted_with_one_notice() -> None:
    elsewhere = [
        row(f"S01-1234567-000000{n}", amount="").replace("Amazon.com", name)
        for n, name in enumerate(("Non-Amazon", "Non-Amazon US", "SI UK Prod Marketplace", "SI Prod IT Marketplace"))
    ]
    remark, read = all_results(HEADER, elsewhere[0], row(), *elsewhere[1:])
    assert isinstance(remark, Notice)
    assert remark.text.startswith("4 rows are left out: their sales channel is Non-Amazon")
    assert isinstance(read, ParsedReport)
    assert read.payload.amazon_order_id == ONE


def test_the_same_report_has_the_same_identities() -> None:
    report = [HEADER, row(), row(TWO)]
    first, again = results(*report), results(*report, row(THREE))
    assert first == again[:2]
    assert len({result.identity for result in again if isinstance(result, ParsedReport)}) == 3


def test_a_large_report_takes_a_few_times_its_size_in_memory() -> None:
    rows = (row(f"111-0000000-{number:07}", sku="MUG" * 60) for number in range(2000))
    report = "\n".join((HEADER, *rows)).encode()
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_report([report], "us", {})) == 2000
        assert tracemalloc.get_traced_memory()[1] < 5 * len(report)
    finally:
        tracemalloc.stop()
