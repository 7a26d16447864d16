"""ORDER_CHANGE notifications become OrderPlaced or StatusChanged."""

import json
from datetime import UTC, datetime

import pytest

from gateways.amazon.notifications.order_change import read_notifications
from gateways.amazon.results import ParsedReport, SkippedLine
from schemas.payloads import OrderPlaced, StatusChanged
from tests.gateways.amazon.samples import ORDER_ID, Json, as_lines, notification, only_read, only_skipped


def parsed(document: object) -> ParsedReport:
    """Return the report parsed from a document."""
    return only_read(read_notifications(as_lines(document), "us"))


def test_a_new_order_with_all_its_facts_becomes_order_placed() -> None:
    payload = parsed(notification()).payload
    assert isinstance(payload, OrderPlaced)
    assert (payload.store_id, payload.status, payload.fulfillment_channel) == ("us", "Pending", "MFN")
    assert payload.items[0].model_dump(exclude_none=True) == {
        "order_item_id": "i-1",
        "seller_sku": "MUG",
        "quantity": 2,
        "quantity_shipped": 0,
    }
    assert (payload.is_prime, payload.is_business) == (True, False)


def test_a_later_status_becomes_status_changed_with_all_facts() -> None:
    payload = parsed(notification({"OrderStatus": "Unshipped"})).payload
    assert isinstance(payload, StatusChanged)
    assert payload.purchase_date == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert payload.items is not None


def test_a_new_order_whose_purchase_date_is_null_becomes_status_changed() -> None:
    assert isinstance(parsed(notification({"PurchaseDate": None})).payload, StatusChanged)


def test_the_item_of_an_item_level_notification_is_not_taken_for_all_items() -> None:
    payload = parsed(notification(level="OrderItemLevel")).payload
    assert isinstance(payload, StatusChanged)
    assert payload.items is None


def test_the_change_is_dated_by_the_first_time_given() -> None:
    document = json.dumps(notification())
    without_change = document.replace('"2026-01-02T03:30:00Z"', "null")
    without_event = without_change.replace('"EventTime": "2026-01-02T04:00:00Z",', "")
    hours = [
        only_read(read_notifications(text, "us")).payload.last_update_date.hour
        for text in (document, without_change, without_event)
    ]
    assert hours == [3, 4, 5]


def in_camel_case(value: object) -> object:
    """The same document with names in camel case, `sellerSku` among them."""
    if isinstance(value, dict):
        return {(k[0].lower() + k[1:]).replace("SKU", "Sku"): in_camel_case(v) for k, v in value.items()}
    return [in_camel_case(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "wrapped",
    [
        in_camel_case(notification()),
        {"version": "0", "detail-type": "ORDER_CHANGE", "detail": notification()},
        {"MessageId": "m", "Body": json.dumps(notification())},
        {"Messages": [{"Body": json.dumps(notification())}]},
        {"Records": [{"body": json.dumps({"Type": "Notification", "Message": json.dumps(notification())})}]},
        {"Body": json.dumps({"detail": in_camel_case(notification())})},
    ],
)
def test_any_case_and_envelope_give_the_same_event(wrapped: Json) -> None:
    assert parsed(wrapped) == parsed(notification())


def test_the_same_notification_has_the_same_identity_and_another_has_another() -> None:
    identities = {parsed(notification(number=number)).identity for number in ("n-1", "n-1", "n-2")}
    assert len(identities) == 2
    other_store = only_read(read_notifications(as_lines(notification()), "de")).identity
    assert other_store not in identities


def test_canceled_lines_of_an_open_order_are_omitted() -> None:
    lines = [{"OrderItemId": f"i-{n}", "SellerSKU": "MUG", "Quantity": n} for n in (0, 1)]
    kept = parsed(notification({"OrderStatus": "Unshipped", "OrderItems": lines})).payload.items or ()
    assert [item.order_item_id for item in kept] == ["i-1"]
    all_of_them = parsed(notification({"OrderStatus": "Canceled", "OrderItems": lines})).payload.items or ()
    assert [item.quantity for item in all_of_them] == [0, 1]


@pytest.mark.parametrize(
    ("status", "ordered", "shipped", "quantity"),
    [("Shipped", 3, 1, 1), ("Shipped", 0, 1, 1), ("Unshipped", 3, 0, 3), ("PartiallyShipped", 3, 1, 3)],
)
def test_shipped_units_win_over_the_quantity_ordered(status: str, ordered: int, shipped: int, quantity: int) -> None:
    line: Json = {"OrderItemId": "i-1", "SellerSKU": "MUG", "Quantity": ordered, "QuantityShipped": shipped}
    (item,) = parsed(notification({"OrderStatus": status, "OrderItems": [line]})).payload.items or ()
    assert item.quantity == quantity


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (notification({"OrderStatus": "Lost"}), "status: Input should be"),
        (notification({"OrderItems": [{"OrderItemId": "i", "SellerSKU": "MUG", "Quantity": 0}]}), "quantity 0"),
        (
            notification({"OrderItems": [{"OrderItemId": "i", "SellerSKU": "MUG", "Quantity": "two"}]}),
            "Quantity is not",
        ),
        (notification({"OrderItems": "none"}), "OrderItems is not a list"),
        (notification({"PurchaseDate": "yesterday"}), "purchase_date: "),
        (notification() | {"NotificationType": "FEED_PROCESSING_FINISHED"}, "Not an ORDER_CHANGE"),
        (notification() | {"PayloadVersion": "2.0"}, '"2.0" is not known'),
        (notification() | {"Payload": {}}, "OrderChangeNotification is missing"),
        (notification(number="n\udfff"), f"Order {ORDER_ID}: NotificationId holds a character"),
        (notification(number="n\0"), "NotificationId holds a character"),
        ({"Body": "not JSON"}, "Body holds no JSON object"),
        ({"detail": 7}, "detail is not an object"),
        ({}, "NotificationType is null"),
    ],
)
def test_an_unreadable_notification_is_skipped_with_the_reason_and_the_rest_is_parsed(
    document: Json, reason: str
) -> None:
    skipped, read = read_notifications(as_lines(document, notification()), "us")
    assert isinstance(skipped, SkippedLine)
    assert (skipped.line, reason in skipped.reason) == (1, True), skipped
    assert isinstance(read, ParsedReport)
    assert read.line == 2


def test_endless_envelopes_are_not_unwrapped() -> None:
    document: Json = {}
    for _ in range(200):
        document = {"detail": document}
    assert only_skipped(read_notifications(as_lines(document), "us")).line == 1
