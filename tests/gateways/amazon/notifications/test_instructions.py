"""The instructions in ORDER_CHANGE notifications."""

from typing import cast

import pytest

from gateways.amazon.notifications.order_change import read_notifications
from schemas.payloads import AmazonReport
from tests.gateways.amazon.samples import Json, as_lines, notification, only_read

ITEM: Json = {"OrderItemId": "i-1", "SellerSKU": "MUG", "Quantity": 2, "QuantityShipped": 0}
CHANGE: Json = {
    "OrderChangeType": "BuyerRequestedChange",
    "OrderChangeTrigger": {"ChangeReason": "Buyer Requested Cancel"},
}


def read(summary: Json, level: str = "OrderLevel", change: Json | None = None) -> AmazonReport:
    """Return the report of a notification with these members of its summary and its change."""
    document = notification({"OrderStatus": "Unshipped"} | summary, level)
    order_change = cast(Json, cast(Json, document["Payload"])["OrderChangeNotification"])
    order_change.update(change or {})
    return only_read(read_notifications(as_lines(document), "us")).payload


@pytest.mark.parametrize("level", ["OrderLevel", "OrderItemLevel"])
def test_a_buyers_request_is_its_items_also_in_a_notification_about_one_item(level: str) -> None:
    report = read({"OrderItems": [ITEM | {"IsBuyerRequestedCancel": True}]}, level, CHANGE)
    assert report.instructions is not None
    assert report.instructions.buyer_cancellation is None
    assert [(one.order_item_id, one.buyer_cancellation) for one in report.instructions.items] == [("i-1", True)]


def test_a_request_that_only_the_reason_states_is_the_orders_or_the_only_items() -> None:
    whole, one = (
        read({}, change=CHANGE).instructions,
        read({"OrderItems": [ITEM]}, "OrderItemLevel", CHANGE).instructions,
    )
    assert whole is not None
    assert one is not None
    assert (whole.buyer_cancellation, [item.buyer_cancellation for item in one.items]) == (True, [True])


def test_a_change_for_another_reason_is_no_request() -> None:
    others: list[Json] = [
        {"OrderChangeTrigger": {"ChangeReason": "Cancel"}},
        {"OrderChangeType": "BuyerRequestedChange"},
    ]
    for change in others:
        assert read({}, change=change).instructions is None


def test_dates_and_programs_are_read() -> None:
    report = read(
        {
            "EarliestShipDate": "2026-01-03T00:00:00Z",
            "EarliestDeliveryDate": "2026-01-06T00:00:00Z",
            "LatestDeliveryDate": "2026-01-09T00:00:00Z",
            "CancelNotifyDate": "2026-01-04T00:00:00Z",
            "OrderType": "BackOrder",
            "OrderPrograms": ["IBA"],
            "ShippingPrograms": ["ISPU", "AccessPoint", "GlobalExpress", "EasyShip", "TFM"],
            "EasyShipShipmentStatus": "PendingPickUp",
            "ElectronicInvoiceStatus": "NotFound",
            "OrderItems": [
                ITEM | {"SupplySourceId": "depot", "ItemLatestDeliveryDate": "2026-01-08T00:00:00Z"},
            ],
        }
    )
    assert report.instructions is not None
    assert report.instructions.model_dump(mode="json", exclude_none=True) == {
        "earliest_ship_date": "2026-01-03T00:00:00Z",
        "earliest_delivery_date": "2026-01-06T00:00:00Z",
        "latest_delivery_date": "2026-01-09T00:00:00Z",
        "cancel_notify_date": "2026-01-04T00:00:00Z",
        "order_type": "BackOrder",
        "is_store_pick_up": True,
        "is_pick_up_point": True,
        "is_global_express": True,
        "is_easy_ship": True,
        "easy_ship_status": "PendingPickUp",
        "invoice_status": "NotFound",
        "is_sold_by_amazon_business": True,
        "programs": ["TFM"],
        "items": [
            {
                "order_item_id": "i-1",
                "latest_delivery_date": "2026-01-08T00:00:00Z",
                "supply_source_id": "depot",
            }
        ],
    }
