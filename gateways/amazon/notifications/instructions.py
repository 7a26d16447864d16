"""Parses the instructions in an ORDER_CHANGE notification: the buyer's request to cancel, dates, shipping programs."""

from gateways.amazon.fields import Fields
from gateways.amazon.money import Facts
from gateways.amazon.payload import demanded, listed, reported

_REQUESTED_CHANGE = "BuyerRequestedChange"
_STATED_ELSEWHERE = {"ISPU", "AccessPoint", "GlobalExpress", "EasyShip", "ShipDateSet"}


def read_instructions(change: Fields, summary: Fields) -> Facts:
    """Parse the instructions of an OrderChangeNotification and its Summary.

    Those of items hold for a notification about one item, too: they replace no other item's.
    """
    programs = summary.words("ShippingPrograms") or set()
    items = [_item(item) for item in summary.parts("OrderItems")]
    return reported(
        {
            **_request(change, items),
            "earliest_ship_date": summary.text("EarliestShipDate"),
            "earliest_delivery_date": summary.text("EarliestDeliveryDate"),
            "latest_delivery_date": summary.text("LatestDeliveryDate"),
            "cancel_notify_date": summary.text("CancelNotifyDate"),
            "order_type": demanded(summary.text("OrderType"), "StandardOrder"),
            "is_store_pick_up": "ISPU" in programs or None,
            "is_pick_up_point": "AccessPoint" in programs or None,
            "is_global_express": "GlobalExpress" in programs or None,
            "is_easy_ship": "EasyShip" in programs or None,
            "easy_ship_status": summary.text("EasyShipShipmentStatus"),
            "invoice_status": demanded(summary.text("ElectronicInvoiceStatus"), "NotRequired"),
            "is_sold_by_amazon_business": "IBA" in (summary.words("OrderPrograms") or ()) or None,
            "programs": sorted(programs - _STATED_ELSEWHERE) or None,
            "items": listed(items),
        }
    )


def _request(change: Fields, items: list[Facts]) -> Facts:
    """Return the buyer's request to cancel where only the notification's reason states it, and no item of it.

    In a notification about one item it is the item's, which is changed.
    """
    reason = change.part("OrderChangeTrigger").text("ChangeReason") or ""
    is_request = change.text("OrderChangeType") == _REQUESTED_CHANGE and "cancel" in reason.casefold()
    if not is_request or any(item["buyer_cancellation"] for item in items):
        return {}
    if change.text("NotificationLevel") == "OrderItemLevel":
        for item in items:
            item["buyer_cancellation"] = True
        return {}
    return {"buyer_cancellation": True}


def _item(item: Fields) -> Facts:
    return {
        "order_item_id": item.text("OrderItemId"),
        "buyer_cancellation": item.truth("IsBuyerRequestedCancel"),
        "earliest_delivery_date": item.text("ItemEarliestDeliveryDate"),
        "latest_delivery_date": item.text("ItemLatestDeliveryDate"),
        "supply_source_id": item.text("SupplySourceId"),
    }
