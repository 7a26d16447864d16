"""A simulated Amazon with one order, served, whose answers are held against Amazon's description."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from gateways.simulator.serving import served
from gateways.simulator.sp_api.server import DESCRIPTION, AmazonServer
from gateways.simulator.traffic import HttpAnswer, HttpRequest
from gateways.simulator.world.listings import LAMP, MUG
from gateways.simulator.world.orders import DemoOrder
from schemas.status import AmazonStatus, Channel

US = "ATVPDKIKX0DER"
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
ORDERS = "/orders/2026-01-01/orders"


@dataclass
class CheckedAmazon(AmazonServer):
    """Holds its own answers against the description, too."""

    wrong_answers: list[str] = field(default_factory=list)

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer a request."""
        answer = super().answer(request)
        path = request.target.partition("?")[0]
        if path.startswith(("/orders/", "/feeds/", "/notifications/")):
            self.wrong_answers += DESCRIPTION.answer(request.method, path, answer.status, answer.body)
        return answer


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        """Begin on the first of November."""
        self.now = START

    def __call__(self) -> datetime:
        """Return the instant."""
        return self.now

    def forward(self, **span: float) -> None:
        """Move it."""
        self.now += timedelta(**span)


@contextmanager
def serving_amazon() -> Iterator[tuple[CheckedAmazon, str]]:
    """Serve an Amazon until the end of the block, after which all its answers have to have been as described."""
    server = CheckedAmazon()
    with served(server) as url:
        server.url = url
        yield server, url
    assert not server.wrong_answers


def an_order(number: int = 1, channel: Channel = Channel.MFN) -> DemoOrder:
    """Return an order of two mugs and a lamp."""
    return DemoOrder(
        store_id="demo-us",
        number=number,
        amazon_order_id=f"999-0000000-{number:07}",
        purchase_date=START - timedelta(hours=3),
        updated_from=START - timedelta(hours=3),
        bought=((MUG, 2), (LAMP, 1)),
        channel=channel,
    )


ORDER = an_order()
ID = ORDER.amazon_order_id
MUGS, LAMPS = (item.order_item_id for item in ORDER.items())


def place(server: AmazonServer, order: DemoOrder, status: AmazonStatus = AmazonStatus.UNSHIPPED) -> DemoOrder:
    """Place an order and have it paid."""
    server.marketplace.take(order.placed())
    if status is not AmazonStatus.PENDING:
        server.marketplace.take(order.paid(status, 1))
    return order


def cancellation(order_id: str, reasons: dict[str, str]) -> bytes:
    """Return a feed that cancels items of an order, with a reason for each."""
    items = "".join(
        f"<Item><AmazonOrderItemCode>{item}</AmazonOrderItemCode><CancelReason>{reason}</CancelReason></Item>"
        for item, reason in reasons.items()
    )
    acknowledged = f"<AmazonOrderID>{order_id}</AmazonOrderID><StatusCode>Failure</StatusCode>{items}"
    message = f"<MessageID>1</MessageID><OrderAcknowledgement>{acknowledged}</OrderAcknowledgement>"
    return f"<AmazonEnvelope><Message>{message}</Message></AmazonEnvelope>".encode()


@dataclass
class Caller:
    """Calls a server without HTTP, with a token."""

    server: AmazonServer
    token: str = ""

    def sign_in(self, **changes: str) -> tuple[int, Any]:
        """Sign in with the known credentials, changed."""
        sign_in = self.server.sign_in
        form = {
            "grant_type": "refresh_token",
            "client_id": sign_in.client_id,
            "client_secret": sign_in.client_secret,
            "refresh_token": sign_in.refresh_token,
        }
        body = json.dumps(form | changes).encode()
        status, data = self._answer("POST", "/auth/o2/token", body, {"content-type": "application/json"})
        self.token = data.get("access_token", "")
        return status, data

    def call(self, method: str, target: str, body: Any = None) -> tuple[int, Any]:
        """Call an operation; return the status and the document."""
        payload = b"" if body is None else json.dumps(body).encode()
        return self._answer(method, target, payload, {"x-amz-access-token": self.token, "host": "amazon.example.com"})

    def _answer(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        answer = self.server.answer(HttpRequest(method, target, headers, body))
        return answer.status, json.loads(answer.body) if answer.body else None


def signed_in(server: AmazonServer | None = None, **changes: str) -> Caller:
    """Return a caller with a token."""
    caller = Caller(server or AmazonServer())
    assert caller.sign_in(**changes)[0] == 200
    return caller


def clock_of(caller: Caller) -> Any:
    """Return the clock of the server, to be moved."""
    return caller.server.clock


def parcel(reference: object = "1", quantities: dict[str, int] | None = None, **changes: object) -> dict[str, object]:
    """Return a confirmation of both lines, or of these quantities."""
    items = [{"orderItemId": item, "quantity": n} for item, n in (quantities or {MUGS: 2, LAMPS: 1}).items()]
    detail = {
        "packageReferenceId": reference,
        "carrierCode": "UPS",
        "trackingNumber": "1Z",
        "shipDate": "2026-11-01T12:00:00Z",
        "orderItems": items,
    }
    return {"marketplaceId": US, "packageDetail": detail | changes}


def confirm(caller: Caller, body: object, order_id: str = ID) -> tuple[int, str]:
    """Confirm a parcel; return the status and the message of the error."""
    status, document = caller.call("POST", f"/orders/v0/orders/{order_id}/shipmentConfirmation", body)
    return status, document["errors"][0]["message"] if document else ""


def order(caller: Caller, included: str = "FULFILLMENT,PACKAGES") -> Any:
    """Return an order with these data sets."""
    status, document = caller.call("GET", f"{ORDERS}/{ID}?includedData={included}")
    assert status == 200
    return document["order"]
