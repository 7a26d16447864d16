"""Orders of both API versions become OrderPlaced."""

import json
from decimal import Decimal

import pytest

from gateways.amazon.money import lines_total
from gateways.amazon.orders_api.files import read_orders
from gateways.amazon.results import Notice, ParsedReport, SkippedLine
from schemas.amazon_report import Item
from schemas.payloads import OrderPlaced
from tests.gateways.amazon.samples import (
    ORDER_ID,
    Json,
    as_lines,
    dollars,
    item_2026,
    money,
    only_read,
    only_skipped,
    order_2026,
    v0_item,
    v0_order,
)

LARGEST = dollars("999999999999")
TOO_MUCH: Json = {"ItemPrice": LARGEST, "BuyerInfo": {"GiftWrapPrice": LARGEST}}


def parsed_order(*documents: object) -> OrderPlaced:
    """Return the only order parsed from the documents."""
    payload = only_read(read_orders(as_lines(*documents), "us")).payload
    assert isinstance(payload, OrderPlaced)
    return payload


def reason(*documents: object) -> str:
    """Return why the only order in the documents is skipped."""
    return only_skipped(read_orders(as_lines(*documents), "us")).reason


def amounts(item: Item) -> list[str | None]:
    """Price, tax, shipping, its tax and discount as text."""
    parts = (item.item_price, item.item_tax, item.shipping_price, item.shipping_tax, item.discount)
    return [None if part is None else str(part.amount) for part in parts]


def adds_up(payload: OrderPlaced) -> bool:
    """Whether the lines come to the order's total."""
    return lines_total([dict(item) for item in payload.items]) == payload.order_total


def test_an_order_of_v0_is_parsed_with_all_its_facts() -> None:
    payload = parsed_order(v0_order())
    assert (payload.status, payload.fulfillment_channel, payload.marketplace_id) == (
        "Unshipped",
        "MFN",
        "ATVPDKIKX0DER",
    )
    assert amounts(payload.items[0]) == ["20.00", "1.60", "5.00", "0.40", "3.00"]
    assert adds_up(payload)
    assert (payload.is_prime, payload.is_business, payload.is_premium) == (True, False, None)
    assert payload.buyer is not None
    assert payload.buyer.email == "buyer@example.com"
    assert payload.shipping_address is not None
    assert (payload.shipping_address.region, payload.shipping_address.country_code) == ("WA", "US")


def test_an_order_of_2026_is_parsed_with_all_its_facts() -> None:
    payload = parsed_order(order_2026())
    assert (payload.status, payload.fulfillment_channel, payload.ship_service_level) == (
        "PartiallyShipped",
        "MFN",
        "STANDARD",
    )
    assert amounts(payload.items[0]) == ["91.97", "3.00", "10.00", "1.00", "2.00"]
    assert adds_up(payload)
    assert (payload.items[0].quantity, payload.items[0].quantity_shipped) == (3, 1)
    assert (payload.is_business, payload.is_prime) == (True, False)


@pytest.mark.parametrize("order", [v0_order(), order_2026()])
def test_an_order_is_found_in_every_response_that_wraps_it(order: Json) -> None:
    expected = parsed_order(order)
    for wrapped in (
        {"payload": order},
        {"payload": {"Orders": [order]}},
        {"orders": [order]},
        {"order": order},
        [order],
    ):
        assert parsed_order(wrapped) == expected


def test_items_of_v0_may_be_in_separate_responses() -> None:
    order = v0_order({"OrderItems": None})
    first = {"payload": {"AmazonOrderId": ORDER_ID, "NextToken": "more", "OrderItems": [v0_item()]}}
    last = {"payload": {"AmazonOrderId": ORDER_ID, "OrderItems": [v0_item({"OrderItemId": "i-2"})]}}
    assert [item.order_item_id for item in parsed_order(first, order, last).items] == ["i-1", "i-2"]
    assert "last page" in reason(order, first)
    assert "no items" in reason(order)
    assert "order itself is not in the file" in reason(last)


def test_each_of_several_responses_about_an_order_has_the_next_list_of_items() -> None:
    def answers(status: str, *quantities: int) -> list[Json]:
        order = v0_order({"OrderItems": None, "OrderStatus": status})
        items = [v0_item({"OrderItemId": f"i-{n}", "QuantityShipped": shipped}) for n, shipped in enumerate(quantities)]
        listing: list[Json] = [{"AmazonOrderId": ORDER_ID, "OrderItems": [item], "NextToken": "more"} for item in items]
        return [order, *listing[:-1], {**listing[-1], "NextToken": None}]

    file = [*answers("Unshipped", 0, 0), *answers("PartiallyShipped", 2, 0), *answers("Shipped", 2, 2)]
    last_without_items = [*file, v0_order({"OrderItems": None, "OrderStatus": "Shipped"})]
    for documents in (file, last_without_items):
        read = [result for result in read_orders(as_lines(*documents), "us") if isinstance(result, ParsedReport)]
        items = [[item.quantity_shipped for item in result.payload.items or ()] for result in read]
        assert items[:3] == [[0, 0], [2, 0], [2, 2]]
        assert items[3:] in ([], [[2, 2]])


def test_pages_in_another_order_than_amazons_are_refused_instead_of_losing_items() -> None:
    order = v0_order({"OrderItems": None})
    first = {"AmazonOrderId": ORDER_ID, "NextToken": "more", "OrderItems": [v0_item()]}
    last = {"AmazonOrderId": ORDER_ID, "OrderItems": [v0_item({"OrderItemId": "i-2"})]}
    assert "not behind the others" in reason(order, last, first)


def test_gift_wrap_and_the_fee_for_cash_are_added_so_that_lines_add_up() -> None:
    item = v0_item(
        {"BuyerInfo": {"GiftWrapPrice": dollars("3.00"), "GiftWrapTax": dollars("0.30")}, "CODFee": dollars("1.50")}
    )
    payload = parsed_order(v0_order({"OrderTotal": dollars("28.80")}, [item]))
    assert amounts(payload.items[0])[:3] == ["23.00", "1.90", "6.50"]
    assert adds_up(payload)


def test_prices_that_include_tax_are_detected_by_the_total_and_separated() -> None:
    payload = parsed_order(v0_order({"OrderTotal": dollars("22.00")}))
    assert amounts(payload.items[0]) == ["18.40", "1.60", "4.60", "0.40", "3.00"]
    assert adds_up(payload)


def test_amounts_that_never_add_up_stay_as_reported() -> None:
    assert amounts(parsed_order(v0_order({"OrderTotal": dollars("99.00")})).items[0])[0] == "20.00"


def test_amounts_written_as_json_numbers_stay_exact() -> None:
    text = as_lines(v0_order()).replace('"24.00"', "24.10")
    total = only_read(read_orders(text, "us")).payload.order_total
    assert total is not None
    assert total.amount == Decimal("24.10")


def test_a_pending_order_has_no_money_and_no_address() -> None:
    bare = {"OrderItemId": "i-1", "SellerSKU": "MUG", "QuantityOrdered": 1}
    payload = parsed_order(
        v0_order({"OrderStatus": "Pending", "OrderTotal": None, "ShippingAddress": {"City": "Testville"}}, [bare])
    )
    assert (payload.order_total, payload.shipping_address, payload.items[0].item_price) == (None, None, None)


def test_only_a_canceled_order_keeps_its_empty_lines() -> None:
    empty = v0_item({"OrderItemId": "i-2", "QuantityOrdered": 0})
    assert len(parsed_order(v0_order({"OrderStatus": "Canceled"}, [v0_item(), empty])).items) == 2
    assert len(parsed_order(v0_order(items=[v0_item(), empty])).items) == 1
    assert "quantity 0" in reason(v0_order(items=[empty]))


def test_a_canceled_line_of_2026_is_omitted() -> None:
    canceled = item_2026(
        {
            "orderItemId": "i-2",
            "cancellation": {"cancellationExecution": {"cancelledBy": "BUYER"}},
            "fulfillment": {"quantityFulfilled": 0},
        }
    )
    assert [item.order_item_id for item in parsed_order(order_2026({"orderItems": [item_2026(), canceled]})).items] == [
        "i-1"
    ]


@pytest.mark.parametrize("bare", [{"CurrencyCode": "USD"}, {"CurrencyCode": "USD", "Amount": " "}, {}])
def test_a_missing_amount_is_none(bare: Json) -> None:
    payload = parsed_order(v0_order({"OrderTotal": bare}, [v0_item({"ShippingTax": bare})]))
    assert (payload.order_total, payload.items[0].shipping_tax) == (None, None)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("PENDING_AVAILABILITY", "PendingAvailability"),
        ("PENDING", "Pending"),
        ("UNSHIPPED", "Unshipped"),
        ("PARTIALLY_SHIPPED", "PartiallyShipped"),
        ("SHIPPED", "Shipped"),
        ("CANCELLED", "Canceled"),
        ("UNFULFILLABLE", "Unfulfillable"),
    ],
)
def test_each_status_of_2026_is_mapped(theirs: str, ours: str) -> None:
    payload = parsed_order(order_2026({"fulfillment": {"fulfillmentStatus": theirs, "fulfilledBy": "AMAZON"}}))
    assert (payload.status, payload.fulfillment_channel) == (ours, "AFN")


def test_a_replacement_names_the_order_it_replaces() -> None:
    other = "111-0000002-0000002"
    assert parsed_order(v0_order({"ReplacedOrderId": other})).replaces_order_id == other
    links = [
        {"associationType": kind, "orderId": other} for kind in ("EXCHANGE_ORIGINAL_ID", "REPLACEMENT_ORIGINAL_ID")
    ]
    assert parsed_order(order_2026({"associatedOrders": links})).replaces_order_id == other
    assert parsed_order(order_2026({"associatedOrders": links[:1]})).replaces_order_id is None


def test_a_tip_for_the_driver_is_no_part_of_the_order_total() -> None:
    tip = {"type": "DELIVERY_TIP", "subtotal": money("5.00")}
    assert adds_up(parsed_order(order_2026({"proceeds": {"grandTotal": money("108.97"), "breakdowns": [tip]}})))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (v0_order({"OrderStatus": None}), "OrderStatus is missing"),
        (v0_order({"PurchaseDate": None}), "purchase_date: Field required"),
        (v0_order({"OrderTotal": dollars("lots")}), "OrderTotal is not an amount"),
        (v0_order({"OrderTotal": {"Amount": "1.00"}}), "OrderTotal is not an amount"),
        (v0_order({"IsPrime": "perhaps"}), "IsPrime is neither"),
        (v0_order({"ShippingAddress": {"CountryCode": "Secretland"}}), "shipping_address.country_code"),
        (v0_order(items=[v0_item(), v0_item()]), "same order_item_id"),
        (v0_order(items=[v0_item({"ItemTax": {"CurrencyCode": "EUR", "Amount": "1"}})]), "different currencies"),
        (v0_order(items=[v0_item(TOO_MUCH)]), f"Order {ORDER_ID}: Its amounts add up to more than 12 digits"),
        (
            v0_order(items=[v0_item({"ItemPrice": LARGEST}), v0_item({"OrderItemId": "i-2"})]),
            "add up to more than 12 digits",
        ),
        (order_2026({"fulfillment": {"fulfilledBy": "AMAZON"}}), "includedData=FULFILLMENT"),
        (order_2026({"fulfillment": {"fulfillmentStatus": "LOST"}}), "fulfillmentStatus is none of"),
        (
            order_2026({"fulfillment": {"fulfillmentStatus": "SHIPPED", "fulfilledBy": "SOMEBODY"}}),
            "fulfilledBy is none of AMAZON, MERCHANT",
        ),
        (order_2026({"orderItems": []}), "no orderItems"),
        ({"errors": [{"code": "QuotaExceeded"}]}, "answered with errors"),
        ({"hello": "world"}, "Not an order"),
        ({"orders": 3}, "orders is not a list"),
    ],
)
def test_an_unreadable_order_is_skipped_with_the_reason_and_the_rest_is_parsed(document: Json, expected: str) -> None:
    skipped, read = read_orders(as_lines(document, order_2026()), "us")
    assert isinstance(skipped, SkippedLine)
    assert expected in skipped.reason
    assert isinstance(read, ParsedReport)
    assert read.line == 2


def test_a_reason_never_repeats_personal_values() -> None:
    secret = "Secret Person"
    broken = v0_order(
        {"AmazonOrderId": secret, "ShippingAddress": {"Name": secret, "City": [secret], "CountryCode": secret}}
    )
    assert secret not in reason(broken)
    assert secret.upper() not in reason(v0_order({"ShippingAddress": {"CountryCode": secret}}))


def test_the_reason_names_only_the_line_that_lacks_its_sku() -> None:
    assert reason(v0_order(items=[v0_item({"SellerSKU": None})])).endswith("items.0.seller_sku: Field required.")


def test_one_broken_order_of_a_response_costs_no_other() -> None:
    results = list(read_orders(json.dumps({"orders": [order_2026({"createdTime": None}), order_2026()]}), "us"))
    assert [type(result) for result in results] == [SkippedLine, ParsedReport]


@pytest.mark.parametrize(
    "elsewhere",
    [
        v0_order({"AmazonOrderId": "S01-0000001-0000001", "SalesChannel": "Non-Amazon US"}),
        order_2026({"orderId": "S01-0000001-0000001", "salesChannel": {"channelName": "NON_AMAZON"}}),
    ],
)
def test_orders_not_sold_on_amazon_are_omitted_with_one_notice(elsewhere: Json) -> None:
    read, remark = read_orders(as_lines(elsewhere, v0_order(), elsewhere), "us")
    assert isinstance(read, ParsedReport)
    assert read.payload.amazon_order_id == ORDER_ID
    assert isinstance(remark, Notice)
    assert remark.text.startswith("2 orders are left out: their sales channel is Non-Amazon")


def test_an_identity_changes_with_the_orders_facts_only() -> None:
    def identity(order: Json, store_id: str = "us") -> str:
        return only_read(read_orders(as_lines(order), store_id)).identity

    assert identity(v0_order()) == identity({"payload": v0_order()})
    others = [v0_order({"OrderStatus": "Shipped"}), v0_order({"ShipServiceLevel": "Express"}), order_2026()]
    assert len({identity(v0_order()), identity(v0_order(), "de"), *map(identity, others)}) == 5
    assert identity(v0_order()).startswith(f"order/{ORDER_ID}/2026-01-02T03:30:00+00:00/Unshipped/")
    assert len(identity(v0_order())) <= 200
