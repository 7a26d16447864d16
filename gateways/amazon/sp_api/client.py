"""The calls to the Selling Partner API that Crossdock makes, one method each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from gateways.errors import CallFailedError
from gateways.http.call import Call
from gateways.http.client import HttpClient
from gateways.http.outcome import Outcome
from gateways.http.problem import Problem
from schemas.order import OrderKey

ENDPOINTS = {
    "na": "https://sellingpartnerapi-na.amazon.com",
    "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}
"""Addresses by region (SP-API documentation, "SP-API Endpoints")."""

_FEEDS = "/feeds/2021-06-30"


class FeedDocument(NamedTuple):
    """The place of a file: its id, and the address that the file is uploaded to."""

    document_id: str
    url: str


class OrderSearch(NamedTuple):
    """A page of `searchOrders`. Every page needs the same parameters; `token` is that of the page before.

    The orders changed within the span, or were created within it (`by_creation`). They have the data sets `included`;
    `spare` calls are left for other searches.
    """

    after: datetime
    before: datetime
    marketplaces: Sequence[str]
    token: str | None = None
    by_creation: bool = False
    included: Sequence[str] = ("FULFILLMENT",)
    spare: int = 0

    def path(self) -> str:
        """Return the path of the call."""
        when = "created" if self.by_creation else "lastUpdated"
        query = {
            f"{when}After": _instant(self.after),
            f"{when}Before": _instant(self.before),
            "marketplaceIds": ",".join(self.marketplaces),
            "maxResultsPerPage": "100",
            "includedData": ",".join(self.included),
            "paginationToken": self.token or "",
        }
        parameters = {name: value for name, value in query.items() if value}
        return f"/orders/2026-01-01/orders?{urlencode(parameters, safe=',')}"


class SearchPage(NamedTuple):
    """Orders as Orders 2026-01-01 has them, and the token of the next page, None on the last."""

    orders: Sequence[Mapping[str, Any]]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class AmazonClient:
    """Calls for one seller in one region. Every method raises CallFailedError, CallRefusedError, RetryableError."""

    http: HttpClient

    def confirm_shipment(self, order: OrderKey, confirmation: Mapping[str, Any]) -> None:
        """Confirm a parcel, or edit it, as a repetition does; Amazon answers 204 without a body."""
        path = f"/orders/v0/orders/{quote(order[1], safe='')}/shipmentConfirmation"
        self.http.call(
            _about(order, "confirm shipment", "POST", path, "confirmShipment", dict(confirmation), repeatable=True)
        )

    def order(self, order: OrderKey, included: Sequence[str]) -> Mapping[str, Any]:
        """Return an order with these data sets, as Orders 2026-01-01 has it."""
        path = _order_path(order[1], included)
        data = self.http.call(_about(order, "get order", "GET", path, "getOrder")).data
        document = data.get("order") if isinstance(data, dict) else None
        if not isinstance(document, dict):
            raise _broken("get order", "no order")
        return document

    def search(self, search: OrderSearch) -> SearchPage:
        """Return one page of a search."""
        call = Call("search orders", "GET", search.path(), budget="searchOrders", spare=search.spare)
        data = self.http.call(call).data
        orders = data.get("orders") if isinstance(data, dict) else None
        if not isinstance(orders, list):
            raise _broken("search orders", "no orders")
        pagination = data.get("pagination") or {}
        return SearchPage([order for order in orders if isinstance(order, dict)], pagination.get("nextToken"))

    def check_access(self, included: Sequence[str]) -> None:
        """Ask for an order that cannot exist. Refused credentials, or a role that is missing, raise CallFailedError."""
        path = _order_path("000-0000000-0000000", included)
        self.http.call(Call("check the access", "GET", path, budget="getOrder", answers=frozenset({400, 404})))

    def create_feed_document(self, order: OrderKey, content_type: str) -> FeedDocument:
        """Have a place made for a file of this type; its address takes the file for five minutes."""
        path, body = f"{_FEEDS}/documents", {"contentType": content_type}
        call = _about(order, "create feed document", "POST", path, "createFeedDocument", body, repeatable=True)
        data = self.http.call(call).data
        try:
            return FeedDocument(str(data["feedDocumentId"]), str(data["url"]))
        except (TypeError, KeyError):
            raise _broken("create feed document", "no document") from None

    def upload(self, order: OrderKey, document: FeedDocument, content_type: str, content: bytes) -> None:
        """Upload a file to its place, with exactly the type that the place was made for."""
        headers = {"Content-Type": content_type}
        self.http.call(Call("upload feed", "PUT", document.url, None, content, headers, *order, as_bytes=True))

    def create_feed(self, order: OrderKey, feed_type: str, marketplaces: Sequence[str], document_id: str) -> None:
        """Have Amazon process an uploaded file."""
        body = {"feedType": feed_type, "marketplaceIds": list(marketplaces), "inputFeedDocumentId": document_id}
        self.http.call(_about(order, "create feed", "POST", f"{_FEEDS}/feeds", "createFeed", body))


def _order_path(order_id: str, included: Sequence[str]) -> str:
    query = urlencode({"includedData": ",".join(included)}, safe=",")
    return f"/orders/2026-01-01/orders/{quote(order_id, safe='')}?{query}"


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _broken(operation: str, lacks: str) -> CallFailedError:
    problem = Problem("answer", f"Amazon's answer has {lacks}.")
    return CallFailedError(f"Amazon failed to {operation}: {problem.sentence}", Outcome.BROKEN, problem)


def _about(
    order: OrderKey,
    operation: str,
    method: str,
    path: str,
    budget: str,
    body: Any = None,
    *,
    repeatable: bool = False,
) -> Call:
    store_id, order_id = order
    return Call(
        operation,
        method,
        path,
        body=body,
        store_id=store_id,
        order_id=order_id,
        budget=budget,
        repeatable=repeatable,
    )
