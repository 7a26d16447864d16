"""Notifications: destinations, subscriptions, and ORDER_CHANGE for every order that changes.

Source: Notifications API v1; ORDER_CHANGE 1.0. Destinations are without a seller, subscriptions are the seller's.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from uuid import NAMESPACE_URL, uuid5

from gateways.simulator.sp_api.call import Json, SpApiCall
from gateways.simulator.sp_api.errors import SpApiError, invalid, missing
from gateways.simulator.sp_api.marketplace import Marketplace, SellerOrder
from gateways.simulator.sp_api.order_2026 import instant

ORDER_CHANGE = "ORDER_CHANGE"
VERSION = "1.0"


@dataclass
class NotificationService:
    """Destinations by id, and subscriptions by type. *put* sends a body to the queue of an ARN, False if it cannot."""

    marketplace: Marketplace
    seller_id: str
    put: Callable[[str, str], bool]
    knows: Callable[[str], bool]
    destinations: dict[str, Json] = field(default_factory=dict)
    subscriptions: dict[str, Json] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def create_destination(self, call: SpApiCall) -> Json:
        """Answer createDestination."""
        name, specification = call.required("name", "resourceSpecification")
        arn = (specification.get("sqs") or {}).get("arn")
        if not arn or not self.knows(arn):
            raise invalid("Could not access the queue: it does not exist, or its policy does not allow it.")
        if any(destination["resource"]["sqs"]["arn"] == arn for destination in self.destinations.values()):
            raise SpApiError(409, "Conflict", "A destination with this resource already exists.")
        destination_id = self._id("destination")
        self.destinations[destination_id] = {
            "name": name,
            "destinationId": destination_id,
            "resource": {"sqs": {"arn": arn}},
        }
        return {"payload": self.destinations[destination_id]}

    def list_destinations(self, _call: SpApiCall) -> Json:
        """Answer getDestinations."""
        return {"payload": list(self.destinations.values())}

    def get_destination(self, call: SpApiCall) -> Json:
        """Answer getDestination."""
        if call.path[0] not in self.destinations:
            raise missing("The destination")
        return {"payload": self.destinations[call.path[0]]}

    def delete_destination(self, call: SpApiCall) -> Json:
        """Answer deleteDestination."""
        self.get_destination(call)
        del self.destinations[call.path[0]]
        return {}

    def create_subscription(self, call: SpApiCall) -> Json:
        """Answer createSubscription. For ORDER_CHANGE it fails without a processing directive."""
        kind = call.path[0]
        version, destination_id = call.required("payloadVersion", "destinationId")
        directive = call.document().get("processingDirective")
        if kind == ORDER_CHANGE and not directive:
            raise invalid("processingDirective is required for this notification type.")
        if destination_id not in self.destinations:
            raise invalid(f"Destination {destination_id} does not exist.")
        if kind in self.subscriptions:
            raise SpApiError(409, "Conflict", "A subscription for this notification type already exists.")
        facts = {"subscriptionId": self._id("subscription"), "payloadVersion": version, "destinationId": destination_id}
        self.subscriptions[kind] = facts | ({"processingDirective": directive} if directive else {})
        return {"payload": self.subscriptions[kind]}

    def get_subscription(self, call: SpApiCall) -> Json:
        """Answer getSubscription and getSubscriptionById."""
        subscription = self.subscriptions.get(call.path[0])
        if (
            subscription is None
            or subscription["subscriptionId"] != (call.path[1:] or [subscription["subscriptionId"]])[0]
        ):
            raise missing("The subscription")
        return {"payload": subscription}

    def delete_subscription(self, call: SpApiCall) -> Json:
        """Answer deleteSubscriptionById."""
        self.get_subscription(call)
        del self.subscriptions[call.path[0]]
        return {}

    def has(self, subscription_id: str) -> bool:
        """Whether a subscription is this seller's."""
        return any(subscription["subscriptionId"] == subscription_id for subscription in self.subscriptions.values())

    def order_changed(self, order: SellerOrder) -> None:
        """Send the notification to the destination of the subscription, if there is one."""
        subscription = self.subscriptions.get(ORDER_CHANGE, {})
        destination = self.destinations.get(subscription.get("destinationId", ""))
        if destination:
            self.put(destination["resource"]["sqs"]["arn"], json.dumps(self._notification(order, subscription)))

    def _notification(self, order: SellerOrder, subscription: Json) -> Json:
        now = instant(order.changed_at)
        return {
            "NotificationVersion": "1.0",
            "NotificationType": ORDER_CHANGE,
            "PayloadVersion": VERSION,
            "EventTime": now,
            "Payload": {
                "OrderChangeNotification": {
                    "NotificationLevel": "OrderLevel",
                    "SellerId": self.seller_id,
                    "AmazonOrderId": order.order_id,
                    "OrderChangeType": "OrderStatusChange",
                    "OrderChangeTrigger": {"TimeOfOrderChange": now, "ChangeReason": None},
                    "Summary": _summary(order),
                }
            },
            "NotificationMetadata": {
                "ApplicationId": "simulator",
                "SubscriptionId": subscription["subscriptionId"],
                "PublishTime": now,
                "NotificationId": self._id("notification"),
            },
        }

    def _id(self, what: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"simulator/{what}/{next(self.numbers)}"))


def _summary(order: SellerOrder) -> Json:
    facts = order.facts
    shipped = {item.order_item_id: order.shipped(item.order_item_id) for item in order.items}
    status = facts.status.value
    return {
        "MarketplaceId": facts.marketplace_id,
        "OrderStatus": status,
        "PurchaseDate": facts.purchase_date and instant(facts.purchase_date),
        "DestinationPostalCode": facts.shipping_address and facts.shipping_address.postal_code,
        "FulfillmentType": facts.fulfillment_channel and facts.fulfillment_channel.value,
        "OrderType": "StandardOrder",
        "NumberOfItemsShipped": sum(shipped.values()),
        "NumberOfItemsUnshipped": sum(order.ordered.values()) - sum(shipped.values()),
        "OrderItems": [
            {
                "OrderItemId": item.order_item_id,
                "SellerSKU": item.seller_sku,
                "SupplySourceId": None,
                "OrderItemStatus": status,
                "Quantity": item.quantity,
                "QuantityShipped": shipped[item.order_item_id],
            }
            for item in order.items
        ],
    }
