"""The calls to the Selling Partner API that Crossdock makes, one method each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class AmazonClient:
    """Calls for one seller in one region. Every method raises CallFailedError, CallRefusedError, RetryableError."""

    http: HttpClient

    def confirm_shipment(self, order: OrderKey, confirmation: Mapping[str, Any]) -> None:
        """Confirm a parcel, or edit it; Amazon answers 204 without a body."""
        path = f"/orders/v0/orders/{quote(order[1], safe='')}/shipmentConfirmation"
        self.http.call(_about(order, "confirm shipment", "POST", path, "confirmShipment", dict(confirmation)))

    def order(self, order: OrderKey, included: Sequence[str]) -> Mapping[str, Any]:
        """Return an order with these data sets, as Orders 2026-01-01 has it."""
        path = _order_path(order[1], included)
        data = self.http.call(_about(order, "get order", "GET", path, "getOrder")).data
        found = data.get("order") if isinstance(data, dict) else None
        if not isinstance(found, dict):
            raise _broken("get order", "no order")
        return found

    def check_access(self, included: Sequence[str]) -> None:
        """Ask for an order that cannot exist. Refused credentials, or a role that is missing, raise CallFailedError."""
        path = _order_path("000-0000000-0000000", included)
        self.http.call(Call("check the access", "GET", path, budget="getOrder", answers=frozenset({400, 404})))

    def create_feed_document(self, order: OrderKey, content_type: str) -> FeedDocument:
        """Have a place made for a file of this type; its address takes the file for five minutes."""
        body = {"contentType": content_type}
        data = self.http.call(
            _about(order, "create feed document", "POST", f"{_FEEDS}/documents", "createFeedDocument", body)
        ).data
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


def _broken(operation: str, lacks: str) -> CallFailedError:
    problem = Problem("answer", f"Amazon's answer has {lacks}.")
    return CallFailedError(f"Amazon failed to {operation}: {problem.sentence}", Outcome.BROKEN, problem)


def _about(order: OrderKey, operation: str, method: str, path: str, budget: str, body: Any = None) -> Call:
    return Call(operation, method, path, body=body, store_id=order[0], order_id=order[1], budget=budget)
