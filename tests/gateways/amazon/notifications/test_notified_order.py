"""Of a notification only which order changed is read."""

import json
from datetime import UTC, datetime

import pytest

from gateways.amazon.notifications.notified_order import read_notified_order
from gateways.errors import UnreadableInputError
from tests.gateways.amazon.samples import ORDER_ID, Json, notification

MINIMAL: Json = {"AmazonOrderId": ORDER_ID, "SellerId": "SELLER-TEST"}


def minimal(**changes: object) -> str:
    """Return a notification with the required fields only."""
    change = {"OrderChangeNotification": MINIMAL | changes}
    return json.dumps({"NotificationType": "ORDER_CHANGE", "Payload": change})


def test_seller_order_marketplace_and_ship_date_are_read() -> None:
    notified = read_notified_order(json.dumps(notification()))
    assert notified
    assert (notified.amazon_order_id, notified.marketplace_id) == (ORDER_ID, "ATVPDKIKX0DER")
    assert notified.ship_by == datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("summary", [None, [], "x", {"LatestShipDate": "soon", "MarketplaceId": 7}])
def test_the_order_is_requested_although_other_fields_are_missing_or_broken(summary: object) -> None:
    assert read_notified_order(minimal(Summary=summary)) == ("SELLER-TEST", ORDER_ID, None, None)


def test_a_notification_that_came_through_a_topic_is_read() -> None:
    assert read_notified_order(json.dumps({"Type": "Notification", "Message": minimal()}))


def test_a_notification_of_another_type_is_none() -> None:
    assert read_notified_order('{"NotificationType": "LISTINGS_ITEM_STATUS_CHANGE", "Payload": {}}') is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<xml/>",
        "[]",
        "[" * 100_000,
        '{"NotificationType": "ORDER_CHANGE"}',
        '{"Payload": {}}',
        minimal(AmazonOrderId=None),
        minimal(AmazonOrderId="1; DROP TABLE"),
        minimal(SellerId=None),
        minimal(SellerId={}),
        f"{minimal()}\n{minimal()}",
    ],
)
def test_anything_else_is_unreadable_with_a_reason(body: str) -> None:
    with pytest.raises(UnreadableInputError):
        read_notified_order(body)
