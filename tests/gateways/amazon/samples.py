"""Documents in Amazon's shapes with invented contents."""

import json
from collections.abc import Iterable

from gateways.amazon.results import Notice, ParsedReport, SkippedLine

ORDER_ID = "111-0000001-0000001"
Json = dict[str, object]


def dollars(amount: str) -> Json:
    """Money as Orders v0 writes it."""
    return {"CurrencyCode": "USD", "Amount": amount}


def money(amount: str, currency: str = "USD") -> Json:
    """Money as Orders 2026-01-01 writes it."""
    return {"currencyCode": currency, "amount": amount}


def notification(summary: Json | None = None, level: str = "OrderLevel", number: str = "n-1") -> Json:
    """An ORDER_CHANGE notification; *summary* replaces members of its Summary."""
    summary_defaults: Json = {
        "MarketplaceId": "ATVPDKIKX0DER",
        "OrderStatus": "Pending",
        "PurchaseDate": "2026-01-02T03:04:05Z",
        "DestinationPostalCode": "00000",
        "FulfillmentType": "MFN",
        "OrderType": "StandardOrder",
        "LatestShipDate": "2026-01-05T00:00:00Z",
        "OrderPrograms": ["Prime"],
        "OrderItems": [
            {"OrderItemId": "i-1", "SellerSKU": "MUG", "SupplySourceId": None, "Quantity": 2, "QuantityShipped": 0}
        ],
    }
    return {
        "NotificationVersion": "1.0",
        "NotificationType": "ORDER_CHANGE",
        "PayloadVersion": "1.0",
        "EventTime": "2026-01-02T04:00:00Z",
        "Payload": {
            "OrderChangeNotification": {
                "NotificationLevel": level,
                "SellerId": "TESTSELLER",
                "AmazonOrderId": ORDER_ID,
                "OrderChangeType": "OrderStatusChange",
                "OrderChangeTrigger": {"TimeOfOrderChange": "2026-01-02T03:30:00Z", "ChangeReason": "Status"},
                "Summary": summary_defaults | (summary or {}),
            }
        },
        "NotificationMetadata": {"PublishTime": "2026-01-02T05:00:00Z", "NotificationId": number},
    }


def v0_item(changes: Json | None = None) -> Json:
    """An OrderItem of v0."""
    item: Json = {
        "OrderItemId": "i-1",
        "SellerSKU": "MUG",
        "ASIN": "B000000001",
        "Title": "A mug",
        "QuantityOrdered": 2,
        "QuantityShipped": 0,
        "ItemPrice": dollars("20.00"),
        "ItemTax": dollars("1.60"),
        "ShippingPrice": dollars("5.00"),
        "ShippingTax": dollars("0.40"),
        "PromotionDiscount": dollars("2.00"),
        "ShippingDiscount": dollars("1.00"),
    }
    return item | (changes or {})


def v0_order(changes: Json | None = None, items: list[Json] | None = None) -> Json:
    """An Order of v0 with its items inside."""
    order: Json = {
        "AmazonOrderId": ORDER_ID,
        "PurchaseDate": "2026-01-02T03:04:05Z",
        "LastUpdateDate": "2026-01-02T03:30:00Z",
        "OrderStatus": "Unshipped",
        "FulfillmentChannel": "MFN",
        "MarketplaceId": "ATVPDKIKX0DER",
        "SalesChannel": "Amazon.com",
        "OrderTotal": dollars("24.00"),
        "ShipServiceLevel": "Std US D2D Dom",
        "IsPrime": "true",
        "IsBusinessOrder": False,
        "BuyerInfo": {"BuyerName": "Test Buyer", "BuyerEmail": "buyer@example.com"},
        "ShippingAddress": {
            "Name": "Test Buyer",
            "AddressLine1": "1 Test Street",
            "City": "Testville",
            "StateOrRegion": "WA",
            "PostalCode": "00000",
            "CountryCode": "us",
        },
        "OrderItems": [v0_item()] if items is None else items,
    }
    return order | (changes or {})


def item_2026(changes: Json | None = None) -> Json:
    """An order item of 2026-01-01."""
    item: Json = {
        "orderItemId": "i-1",
        "quantityOrdered": 3,
        "product": {"asin": "B000000001", "sellerSku": "MUG", "title": "A mug"},
        "proceeds": {
            "proceedsTotal": money("103.97"),
            "breakdowns": [
                {"type": "ITEM", "subtotal": money("88.97")},
                {"type": "GIFT_WRAP", "subtotal": money("3.00")},
                {"type": "SHIPPING", "subtotal": money("10.00")},
                {"type": "DISCOUNT", "subtotal": money("-2.00")},
                {
                    "type": "TAX",
                    "subtotal": money("4.00"),
                    "detailedBreakdowns": [
                        {"subtype": "ITEM", "value": money("3.00")},
                        {"subtype": "SHIPPING", "value": money("1.00")},
                    ],
                },
            ],
        },
        "fulfillment": {"quantityFulfilled": 1, "quantityUnfulfilled": 2},
    }
    return item | (changes or {})


def order_2026(changes: Json | None = None) -> Json:
    """An order of 2026-01-01."""
    order: Json = {
        "orderId": ORDER_ID,
        "createdTime": "2026-01-02T03:04:05Z",
        "lastUpdatedTime": "2026-01-02T03:30:00Z",
        "programs": ["AMAZON_BUSINESS"],
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "ATVPDKIKX0DER"},
        "buyer": {"buyerName": "Test Buyer", "buyerEmail": "buyer@example.com"},
        "recipient": {"deliveryAddress": {"name": "Test Buyer", "addressLine1": "1 Test Street", "countryCode": "US"}},
        "proceeds": {"grandTotal": money("103.97")},
        "fulfillment": {
            "fulfillmentStatus": "PARTIALLY_SHIPPED",
            "fulfilledBy": "MERCHANT",
            "fulfillmentServiceLevel": "STANDARD",
            "shipByWindow": {"latestDateTime": "2026-01-05T00:00:00Z"},
        },
        "orderItems": [item_2026()],
    }
    return order | (changes or {})


def as_lines(*documents: object) -> str:
    """JSON documents, one a line."""
    return "\n".join(json.dumps(document) for document in documents)


def only_read(results: Iterable[ParsedReport | SkippedLine | Notice]) -> ParsedReport:
    """Return the only result, which must be a parsed report."""
    (result,) = results
    assert isinstance(result, ParsedReport), result
    return result


def only_skipped(results: Iterable[ParsedReport | SkippedLine | Notice]) -> SkippedLine:
    """Return the only result, which must be a skipped line."""
    (result,) = results
    assert isinstance(result, SkippedLine), result
    return result
