"""The operations of the API: method and path, their name in the usage plans, and the function that carries them out."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gateways.simulator.sp_api import orders_v0
from gateways.simulator.sp_api.account import Account
from gateways.simulator.sp_api.call import Json, SpApiCall
from gateways.simulator.sp_api.confirmation import confirm
from gateways.simulator.sp_api.errors import missing


class Operation(NamedTuple):
    """An operation. `grantless`: it needs a token without a seller. It answers with `status`, 204 without a body."""

    name: str
    carry_out: Callable[[Account, SpApiCall], Json | None]
    status: int = 200
    grantless: bool = False


def _confirm(account: Account, call: SpApiCall) -> None:
    confirm(account.marketplace, account.reader.find(call.path[0]), call)


def _restricted_token(_account: Account, call: SpApiCall) -> Json:
    call.required("restrictedResources")
    return {"restrictedDataToken": call.headers.get("x-amz-access-token", ""), "expiresIn": 3600}


ORDERS, FEEDS = "/orders/2026-01-01/orders", "/feeds/2021-06-30"
ORDERS_V0, NOTIFICATIONS = "/orders/v0/orders", "/notifications/v1"
SUBSCRIPTION = f"{NOTIFICATIONS}/subscriptions/([^/]+)"

ROUTES: tuple[tuple[str, str, Operation], ...] = (
    ("GET", ORDERS, Operation("searchOrders", lambda a, c: a.reader.search(c))),
    ("GET", f"{ORDERS}/([^/]+)", Operation("getOrder", lambda a, c: a.reader.get(c))),
    ("GET", ORDERS_V0, Operation("getOrders", lambda a, c: orders_v0.get_orders(a.reader, c))),
    ("GET", f"{ORDERS_V0}/([^/]+)", Operation("getOrderV0", lambda a, c: orders_v0.get_order(a.reader, c))),
    ("GET", f"{ORDERS_V0}/([^/]+)/address", Operation(
        "getOrderAddress", lambda a, c: orders_v0.get_address(a.reader, c))),
    ("GET", f"{ORDERS_V0}/([^/]+)/orderItems", Operation(
        "getOrderItems", lambda a, c: orders_v0.get_items(a.reader, c))),
    ("POST", f"{ORDERS_V0}/([^/]+)/shipmentConfirmation", Operation("confirmShipment", _confirm, 204)),
    ("POST", "/tokens/2021-03-01/restrictedDataToken", Operation("createRestrictedDataToken", _restricted_token)),
    ("POST", f"{FEEDS}/documents", Operation("createFeedDocument", lambda a, c: a.feeds.create_document(c), 201)),
    ("GET", f"{FEEDS}/documents/([^/]+)", Operation("getFeedDocument", lambda a, c: a.feeds.get_document(c))),
    ("POST", f"{FEEDS}/feeds", Operation("createFeed", lambda a, c: a.feeds.create(c), 202)),
    ("GET", f"{FEEDS}/feeds", Operation("getFeeds", lambda a, c: a.feeds.list(c))),
    ("GET", f"{FEEDS}/feeds/([^/]+)", Operation("getFeed", lambda a, c: a.feeds.get(c))),
    ("POST", f"{NOTIFICATIONS}/destinations", Operation(
        "createDestination", lambda a, c: a.notifications.create_destination(c), grantless=True)),
    ("GET", f"{NOTIFICATIONS}/destinations", Operation(
        "getDestinations", lambda a, c: a.notifications.list_destinations(c), grantless=True)),
    ("GET", f"{NOTIFICATIONS}/destinations/([^/]+)", Operation(
        "getDestination", lambda a, c: a.notifications.get_destination(c), grantless=True)),
    ("DELETE", f"{NOTIFICATIONS}/destinations/([^/]+)", Operation(
        "deleteDestination", lambda a, c: a.notifications.delete_destination(c), grantless=True)),
    ("POST", SUBSCRIPTION, Operation("createSubscription", lambda a, c: a.notifications.create_subscription(c))),
    ("GET", SUBSCRIPTION, Operation("getSubscription", lambda a, c: a.notifications.get_subscription(c))),
    ("GET", f"{SUBSCRIPTION}/([^/]+)", Operation(
        "getSubscriptionById", lambda a, c: a.notifications.get_subscription(c), grantless=True)),
    ("DELETE", f"{SUBSCRIPTION}/([^/]+)", Operation(
        "deleteSubscriptionById", lambda a, c: a.notifications.delete_subscription(c), grantless=True)),
)  # fmt: skip

_COMPILED = [(method, re.compile(path), operation) for method, path, operation in ROUTES]


def find_operation(method: str, path: str) -> tuple[Operation, Sequence[str]]:
    """Return the operation for a method and a path, and the parts of the path. Raises SpApiError."""
    for verb, pattern, operation in _COMPILED:
        if verb == method and (match := pattern.fullmatch(path)):
            return operation, match.groups()
    raise missing("The requested resource")
