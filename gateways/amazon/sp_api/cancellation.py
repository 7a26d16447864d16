"""Canceling an order at Amazon: by a feed, for no operation cancels.

Source: Selling Partner API, feed type `POST_ORDER_ACKNOWLEDGEMENT_DATA`, and the schema OrderAcknowledgement.xsd.
An item that is not named is not canceled. After a piece was confirmed as shipped, Amazon would refund the whole order.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from schemas.gateway_requests import Accepted, CancelAmazonOrder, RequestRefused

FEED_TYPE = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
CONTENT_TYPE = "text/xml; charset=UTF-8"
INCLUDED = ("FULFILLMENT",)
"""The data sets of an order that decide whether it can be canceled."""


def answer_without_feed(order: Mapping[str, Any]) -> Accepted | RequestRefused | None:
    """Return the answer for an order that is canceled or was shipped, None for one that can be canceled.

    *order* is as `getOrder` of Orders 2026-01-01 returns it.
    """
    status = _part(order, "fulfillment").get("fulfillmentStatus")
    if status == "CANCELLED":
        return Accepted("Amazon has canceled the order before")
    if _part(order, "fulfillment").get("fulfilledBy") == "AMAZON":
        return RequestRefused("Amazon ships this order itself: cancel it in Seller Central")
    items = order.get("orderItems")
    shipped = any(_part(item, "fulfillment").get("quantityFulfilled") for item in _objects(items))
    if shipped or status in ("SHIPPED", "PARTIALLY_SHIPPED"):
        return RequestRefused("the order was shipped and cannot be canceled")
    return None


def marketplaces_of(order: Mapping[str, Any]) -> list[str]:
    """Return the marketplace that the order was sold in."""
    marketplace = _part(order, "salesChannel").get("marketplaceId")
    return [marketplace] if isinstance(marketplace, str) else []


def feed_of(request: CancelAmazonOrder, seller_id: str) -> bytes:
    """Return the feed that cancels every item of the order."""
    envelope = ElementTree.Element("AmazonEnvelope")
    header = ElementTree.SubElement(envelope, "Header")
    _text(header, "DocumentVersion", "1.01")
    _text(header, "MerchantIdentifier", seller_id)
    _text(envelope, "MessageType", "OrderAcknowledgement")
    message = ElementTree.SubElement(envelope, "Message")
    _text(message, "MessageID", "1")
    acknowledgement = ElementTree.SubElement(message, "OrderAcknowledgement")
    _text(acknowledgement, "AmazonOrderID", request.key[1])
    _text(acknowledgement, "StatusCode", "Failure")
    for order_item_id in request.order_item_ids:
        item = ElementTree.SubElement(acknowledgement, "Item")
        _text(item, "AmazonOrderItemCode", order_item_id)
        _text(item, "CancelReason", request.reason)
    return bytes(ElementTree.tostring(envelope, encoding="utf-8", xml_declaration=True))


def _text(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = text


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = value.get(name)
    return part if isinstance(part, dict) else {}


def _objects(value: object) -> Sequence[Mapping[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
