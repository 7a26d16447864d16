"""Parses ORDER_CHANGE notifications 1.0 (SP-API Notifications, OrderChangeNotification schema) to payloads."""

import json
import re
from collections.abc import Iterator

from gateways.amazon.fields import Fields
from gateways.amazon.json_documents import read_documents
from gateways.amazon.money import Facts
from gateways.amazon.notifications.instructions import read_instructions
from gateways.amazon.payload import build, reported, uncanceled_items, with_counted_quantities, with_order_id
from gateways.amazon.results import ParsedReport, SkippedLine, parsed_report
from gateways.errors import UnreadableInputError
from schemas.payloads import AmazonReport, OrderPlaced, StatusChanged

REQUIRED_OF_NEW = ("purchase_date", "marketplace_id", "fulfillment_channel", "items")
"""The facts that `OrderPlaced` requires beyond `StatusChanged`."""

NEW = ("Pending", "PendingAvailability")
MAX_DEPTH = 5
"""Envelopes that are unwrapped, at most: EventBridge in SNS in SQS in Lambda's records is four."""

FORBIDDEN_IN_ID = re.compile(r"[\x00\ud800-\udfff]")
"""Characters that an event's id cannot have: NUL, and half a surrogate pair, which JSON can encode and UTF-8 cannot."""


def read_notifications(text: str, store_id: str) -> Iterator[ParsedReport | SkippedLine]:
    """Parse notifications: a JSON document, an array, or one a line; bare or as SQS, SNS or EventBridge deliver them.

    A new order (Pending, PendingAvailability) with all required facts becomes `OrderPlaced`, every other notification
    `StatusChanged` with the facts it has. A notification has no money and no personal data.
    """
    for line, document in read_documents(text):
        if isinstance(document, SkippedLine):
            yield document
            continue
        for notification in unwrapped(document, line):
            yield notification if isinstance(notification, SkippedLine) else _read(notification, store_id, line)


def unwrapped(document: Fields, line: int, depth: int = 0) -> Iterator[Fields | SkippedLine]:
    """Yield the notifications inside the transports' envelopes."""
    try:
        inner = _inner(document) if depth < MAX_DEPTH else None
    except UnreadableInputError as error:
        yield SkippedLine(line, str(error))
        return
    if inner is None:
        yield document
        return
    for part in inner:
        yield from unwrapped(part, line, depth + 1)


def _inner(document: Fields) -> list[Fields] | None:
    """Return the contents of an envelope, None when the document is none."""
    for name in ("Messages", "Records"):
        if name in document:
            return document.parts(name)
    for name in ("Body", "Message"):
        if name in document:
            return [_parsed(document, name)]
    return [document.part("detail")] if "detail" in document else None


def _parsed(document: Fields, name: str) -> Fields:
    """Return the object that SQS (`Body`) and SNS (`Message`) carry as text."""
    documents = list(read_documents(document.text(name) or ""))
    if len(documents) != 1 or isinstance(documents[0][1], SkippedLine):
        raise UnreadableInputError(f"{name} holds no JSON object.")
    return documents[0][1]


def _read(notification: Fields, store_id: str, line: int) -> ParsedReport | SkippedLine:
    order_id: object = None
    try:
        change = change_of(notification)
        order_id = change.value("AmazonOrderId")
        payload = _payload(_facts(notification, change, store_id))
        name = _id(notification)
        fallback = f"{payload.amazon_order_id}/{payload.last_update_date.isoformat()}/{payload.status}"
        return parsed_report(payload, f"notification/{name or fallback}", line)
    except UnreadableInputError as error:
        return SkippedLine(line, with_order_id(order_id, str(error)))


def _id(notification: Fields) -> str | None:
    """Return Amazon's id of the notification, which becomes part of the event's id, None when it has none."""
    name = notification.part("NotificationMetadata").text("NotificationId")
    if name and FORBIDDEN_IN_ID.search(name):
        raise UnreadableInputError("NotificationId holds a character that no id can have.")
    return name


def change_of(notification: Fields) -> Fields:
    """Return the OrderChangeNotification. Raises UnreadableInputError for another type or version."""
    kind, version = notification.text("NotificationType"), notification.text("PayloadVersion")
    if kind != "ORDER_CHANGE":
        raise UnreadableInputError(f"Not an ORDER_CHANGE notification: NotificationType is {json.dumps(kind)}.")
    if version not in (None, "1.0"):
        raise UnreadableInputError(f"ORDER_CHANGE of version {json.dumps(version)} is not known; 1.0 is.")
    payload = notification.part("Payload")
    if "OrderChangeNotification" not in payload:
        raise UnreadableInputError("Payload.OrderChangeNotification is missing.")
    return payload.part("OrderChangeNotification")


def _payload(facts: Facts) -> AmazonReport:
    first = facts["status"] in NEW and all(facts[name] is not None for name in REQUIRED_OF_NEW)
    return build(OrderPlaced, facts) if first else build(StatusChanged, facts)


def _facts(notification: Fields, change: Fields, store_id: str) -> Facts:
    summary = change.part("Summary")
    programs = summary.words("OrderPrograms")
    status = summary.text("OrderStatus")
    return {
        "store_id": store_id,
        "amazon_order_id": change.text("AmazonOrderId"),
        "last_update_date": _changed_at(notification, change),
        "status": status,
        "purchase_date": summary.text("PurchaseDate"),
        "marketplace_id": summary.text("MarketplaceId"),
        "fulfillment_channel": summary.text("FulfillmentType"),
        "latest_ship_date": summary.text("LatestShipDate"),
        "items": _items(change, summary, status),
        "is_prime": None if programs is None else "Prime" in programs,
        "is_business": None if programs is None else "Business" in programs,
        "is_premium": None if programs is None else "Premium" in programs,
        "instructions": read_instructions(change, summary) or None,
    }


def _changed_at(notification: Fields, change: Fields) -> str | None:
    """Return when the order changed; TimeOfOrderChange is nullable in the schema."""
    return (
        change.part("OrderChangeTrigger").text("TimeOfOrderChange")
        or notification.text("EventTime")
        or notification.part("NotificationMetadata").text("PublishTime")
    )


def _items(change: Fields, summary: Fields, status: str | None) -> list[Facts] | None:
    """Return the order's items, None when the notification does not have all of them.

    One of level OrderItemLevel has one item only; taken for all of the order's items it would remove the others.
    """
    if change.text("NotificationLevel") == "OrderItemLevel":
        return None
    items = with_counted_quantities([_item(part) for part in summary.parts("OrderItems")], status)
    return uncanceled_items(items, status) or None


def _item(part: Fields) -> Facts:
    return reported(
        {
            "order_item_id": part.text("OrderItemId"),
            "seller_sku": part.text("SellerSKU"),
            "quantity": part.whole("Quantity"),
            "quantity_shipped": part.whole("QuantityShipped"),
        }
    )
