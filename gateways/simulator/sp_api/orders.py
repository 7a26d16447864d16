"""Reading orders, of Orders 2026-01-01: one by its id, or all that changed or were created in a span of time."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateways.simulator.sp_api.call import Json, SpApiCall
from gateways.simulator.sp_api.errors import SpApiError, invalid, missing
from gateways.simulator.sp_api.marketplace import Marketplace, SellerOrder
from gateways.simulator.sp_api.order_2026 import STATUSES, instant, order_2026
from schemas.status import Channel

DATA_SETS = (
    *("BUYER", "RECIPIENT", "PROCEEDS", "EXPENSE", "PROMOTION", "CANCELLATION", "FULFILLMENT", "PACKAGES", "TAX"),
    *("PAYMENT", "FULFILLMENT_ORDERS"),
)
FULFILLED_BY = {Channel.AFN: "AMAZON", Channel.MFN: "MERCHANT"}
PAGE = 100


@dataclass
class OrderReader:
    """Reads the orders of a marketplace for an application with *roles*.

    A change within `search_lag` is not found by a search yet: Amazon's default upper bound is two minutes ago.
    """

    marketplace: Marketplace
    roles: Collection[str]
    search_lag: timedelta = timedelta(minutes=2)

    def get(self, call: SpApiCall) -> Json:
        """Answer getOrder."""
        return {"order": order_2026(self.find(call.path[0]), _included(call), self.roles)}

    def find(self, order_id: str) -> SellerOrder:
        """Return an order. Raises SpApiError."""
        if order_id not in self.marketplace.orders:
            raise missing(f"Order {order_id}")
        return self.marketplace.orders[order_id]

    def search(self, call: SpApiCall) -> Json:
        """Answer searchOrders, by the time of change or of creation."""
        latest = self.marketplace.clock() - self.search_lag
        by_change = "lastUpdatedAfter" in call.query
        if by_change == ("createdAfter" in call.query):
            raise invalid("Exactly one of lastUpdatedAfter and createdAfter is required.")
        word = "lastUpdated" if by_change else "created"
        after, before = call.instant(f"{word}After"), call.instant(f"{word}Before") or latest
        if after is None or before > latest or after > before:
            raise invalid(f"{word}After and {word}Before must be in order, and at least two minutes ago.")
        included, size = _included(call), call.number("maxResultsPerPage", 100, PAGE)
        orders = [order for order in self._of(call) if after <= _time(order, by_change) <= before]
        token = _token(call)
        page = sorted((order for order in orders if _position(order) > token), key=_position)
        answer: Json = {"orders": [order_2026(order, included, self.roles) for order in page[:size]]}
        answer |= {"pagination": {"nextToken": _next_token(call, page[size - 1])}} if len(page) > size else {}
        return answer | {f"{word}Before": instant(before)}

    def _of(self, call: SpApiCall) -> list[SellerOrder]:
        """Return the orders that match the filters."""
        statuses, marketplaces = call.names("fulfillmentStatuses"), call.names("marketplaceIds")
        channels = call.names("fulfilledBy")
        return [
            order
            for order in self.marketplace.in_order_of_change()
            if (not statuses or STATUSES[order.facts.status] in statuses)
            and (not marketplaces or order.facts.marketplace_id in marketplaces)
            and (not channels or FULFILLED_BY[order.facts.fulfillment_channel or Channel.MFN] in channels)
        ]


def _included(call: SpApiCall) -> list[str]:
    included = call.names("includedData")
    if unknown := [name for name in included if name not in DATA_SETS]:
        raise invalid(f"Value {', '.join(unknown)} for parameter includedData is invalid.")
    return included


def _time(order: SellerOrder, by_change: bool) -> datetime:
    return order.changed_at if by_change else order.facts.purchase_date or order.changed_at


def _position(order: SellerOrder) -> str:
    return f"{instant(order.changed_at)}/{order.order_id}"


def _next_token(call: SpApiCall, last: SellerOrder) -> str:
    """Return the token of the next page, which is valid with the same other parameters only."""
    return urlsafe_b64encode(json.dumps([_others(call), _position(last)]).encode()).decode()


def _token(call: SpApiCall) -> str:
    """Return the position before the page that is asked for. Raises SpApiError for a token of another search."""
    token = call.query.get("paginationToken")
    if token is None:
        return ""
    try:
        others, position = json.loads(urlsafe_b64decode(token))
    except ValueError:
        raise _wrong_token() from None
    if others != _others(call):
        raise _wrong_token()
    return str(position)


def _others(call: SpApiCall) -> list[list[str]]:
    return sorted([name, value] for name, value in call.query.items() if name != "paginationToken")


def _wrong_token() -> SpApiError:
    return invalid("Value for parameter paginationToken is invalid.")
