"""The examples of feeds, tokens, notifications and confirmations in Amazon's descriptions, with invented contents."""

from collections.abc import Mapping
from typing import NamedTuple

from tests.gateways.simulator.sp_api.accounts import US

Json = dict[str, object]


class Example(NamedTuple):
    """An answer to a call, and the body of the request where the example has one."""

    call: str
    status: int
    answer: Mapping[str, object] | None
    body: Mapping[str, object] | None = None


def refusal(code: str, message: str, details: str | None = None) -> Json:
    """The answer of a refused call."""
    return {"errors": [{"code": code, "message": message} | ({"details": details} if details else {})]}


INVALID = refusal("400", "Invalid input", "Invalid input")
TOKEN = "/tokens/2021-03-01/restrictedDataToken"
FEEDS, DOCUMENTS = "/feeds/2021-06-30/feeds", "/feeds/2021-06-30/documents"
SUBSCRIPTIONS, DESTINATIONS = "/notifications/v1/subscriptions", "/notifications/v1/destinations"
OF_ORDERS = f"{SUBSCRIPTIONS}/ORDER_CHANGE"
CONFIRMATION = "/orders/v0/orders/111-0000001-0000001/shipmentConfirmation"
WHEN = "2026-11-01T12:00:00.123Z"

FEED = {
    "feedId": "feed-1",
    "feedType": "POST_ORDER_ACKNOWLEDGEMENT_DATA",
    "createdTime": WHEN,
    "processingStatus": "CANCELLED",
    "processingStartTime": WHEN,
    "processingEndTime": WHEN,
}
PLACE = {"feedDocumentId": "document-1", "url": "https://storage.example.com/Feed_101__.xml"}
CREATION = {
    "feedType": "POST_ORDER_ACKNOWLEDGEMENT_DATA",
    "marketplaceIds": [US, "A2EUQ1WTGCTBG2"],
    "inputFeedDocumentId": "document-1",
}
RESTRICTED = {"restrictedResources": [{"method": "GET", "path": "/orders/v0/orders/{orderId}/address"}]}
SUBSCRIPTION = {"subscriptionId": "subscription-1", "payloadVersion": "1.0", "destinationId": "destination-1"}
FILTERED = SUBSCRIPTION | {
    "processingDirective": {
        "eventFilter": {
            "marketplaceIds": [US, "A2EUQ1WTGCTBG2"],
            "aggregationSettings": {"aggregationTimePeriod": "FiveMinutes"},
            "eventFilterType": "ANY_OFFER_CHANGED",
        }
    }
}
ARN = "arn:aws:sqs:us-east-2:000000000000:orders"
DESTINATION = {"destinationId": "destination-1", "name": "orders", "resource": {"sqs": {"arn": ARN}}}
PARCEL = {
    "packageReferenceId": "1",
    "carrierCode": "FedEx",
    "carrierName": "FedEx",
    "shippingMethod": "FedEx Ground",
    "trackingNumber": "TEST-0001",
    "shipDate": WHEN,
    "shipFromSupplySourceId": "source-1",
    "orderItems": [{"orderItemId": "item-1", "quantity": 1, "transparencyCodes": ["00000000000000000000"]}],
}

DONE = (
    Example(f"GET {FEEDS}", 200, {"feeds": [FEED], "nextToken": "next"}),
    Example(f"POST {FEEDS}", 202, {"feedId": "feed-1"}, CREATION),
    Example(f"DELETE {FEEDS}/feed-1", 200, None),
    Example(f"GET {FEEDS}/feed-1", 200, FEED),
    Example(f"POST {DOCUMENTS}", 201, PLACE, {"contentType": "text/tab-separated-values; charset=UTF-8"}),
    Example(f"GET {DOCUMENTS}/document-1", 200, PLACE),
    Example(f"POST {TOKEN}", 200, {"restrictedDataToken": "token-1", "expiresIn": 3600}, RESTRICTED),
    Example(
        f"POST {TOKEN}",
        200,
        {"restrictedDataToken": "token-2", "expiresIn": 3600},
        RESTRICTED | {"targetApplication": "amzn1.sellerapps.app.another"},
    ),
    Example(f"GET {SUBSCRIPTIONS}", 200, {"payload": {"subscriptions": [SUBSCRIPTION]}}),
    Example(f"GET {OF_ORDERS}", 200, {"payload": FILTERED}),
    Example(f"POST {OF_ORDERS}", 200, {"payload": SUBSCRIPTION}),
    Example(f"GET {OF_ORDERS}/subscription-1", 200, {"payload": SUBSCRIPTION}),
    Example(f"DELETE {OF_ORDERS}/subscription-1", 200, {}),
    Example(f"GET {DESTINATIONS}", 200, {"payload": [DESTINATION]}),
    Example(f"POST {DESTINATIONS}", 200, {"payload": DESTINATION}),
    Example(f"GET {DESTINATIONS}/destination-1", 200, {"payload": DESTINATION}),
    Example(f"DELETE {DESTINATIONS}/destination-1", 200, {}),
    Example(f"POST {CONFIRMATION}", 204, None, {"marketplaceId": US, "packageDetail": PARCEL}),
)

REFUSED = (
    Example(f"GET {FEEDS}", 400, refusal("400", "Invalid input", "Dates were not provided")),
    Example(f"POST {FEEDS}", 400, INVALID),
    Example(f"DELETE {FEEDS}/feed-1", 400, INVALID),
    Example(f"GET {FEEDS}/feed-1", 400, INVALID),
    Example(f"POST {DOCUMENTS}", 400, INVALID),
    Example(f"GET {DOCUMENTS}/document-1", 400, INVALID),
    Example(
        f"POST {TOKEN}",
        400,
        refusal("InvalidRequest", "Request is missing or has invalid parameters", "Resource not provided."),
    ),
    Example(f"POST {OF_ORDERS}", 400, refusal("InvalidInput", "InvalidInput", "Invalid Input, recheck the ids")),
    Example("GET /orders/v0/orders", 400, refusal("InvalidInput", "Invalid Input")),
    Example(f"POST {CONFIRMATION}", 400, refusal("Invalid Input", "Invalid Input")),
    Example("GET /orders/2026-01-01/orders", 400, refusal("InvalidInput", "Invalid Input", "Invalid Input")),
    Example("GET /orders/2026-01-01/orders/TEST", 400, refusal("InvalidInput", "Invalid Input")),
)
