"""Amazon over its API: signing in, confirming parcels, canceling orders, outcomes of lost answers and refusals."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest

from gateways.amazon.sp_api.client import AmazonClient
from gateways.amazon.sp_api.errors import AmazonErrors
from gateways.amazon.sp_api.gateway import AmazonGateway
from gateways.amazon.sp_api.sign_in import LWA_ERRORS, LwaKeys, lwa_token
from gateways.errors import CallFailedError
from gateways.http.client import HttpClient
from gateways.http.outcome import Outcome
from gateways.port import Result
from gateways.secrets import Secret
from schemas.gateway_requests import (
    Accepted,
    AmazonOrder,
    AmazonRequest,
    CancelAmazonOrder,
    ConfirmShipment,
    GetAmazonOrder,
    RequestRefused,
)
from schemas.order import Parcel, ParcelItem
from tests.gateways.amazon.samples import order_2026
from tests.gateways.amazon.sp_api.amazon import Amazon, the_order, token
from tests.gateways.http.server import Received, Respond, answer, serving

ORDER = ("us", "111-1234567-1234567")
PARCEL = Parcel(
    shipment_id="000000042",
    shipped_at=datetime(2026, 11, 1, 10, 0, tzinfo=UTC),
    carrier_code="ups",
    tracking_number="TRACK-0001-TEST",
)
CONFIRM = ConfirmShipment(ORDER, "ATVPDKIKX0DER", PARCEL, (ParcelItem(order_item_id="item-1", quantity=2),))
CANCEL = CancelAmazonOrder(ORDER, "NoInventory", ("item-1", "item-2"))
SHIPPED_ITEM = {"orderItemId": "item-1", "fulfillment": {"quantityFulfilled": 1}}
NOT_FOUND = {"errors": [{"code": "InvalidInput", "message": "Failed to create package … PackageToUpdateNotFound"}]}


def _order(**facts: object) -> Respond:
    sold = {"channelName": "AMAZON", "marketplaceId": "ATVPDKIKX0DER"}
    return the_order({"orderId": ORDER[1], "salesChannel": sold, **facts})


@pytest.fixture
def amazon() -> Iterator[Amazon]:
    with serving() as server:
        yield Amazon(server)


@pytest.fixture
def gateway(amazon: Amazon) -> Iterator[AmazonGateway]:
    keys = LwaKeys(*(Secret(name, f"{name}-value", None) for name in ("id", "secret", "refresh")))
    with ExitStack() as opened:
        sign_in = opened.enter_context(closing(HttpClient("amazon", amazon.server.url, errors=LWA_ERRORS)))
        token = lwa_token(keys, sign_in)
        http = opened.enter_context(closing(HttpClient("amazon", amazon.server.url, token, AmazonErrors())))
        yield AmazonGateway(AmazonClient(http), "SELLER-TEST", ("FULFILLMENT", "PROCEEDS"))


def perform(gateway: AmazonGateway, request: AmazonRequest) -> Result:
    (future,) = gateway.start([request])
    return future.result()


def test_a_parcel_is_confirmed_by_one_signed_call(amazon: Amazon, gateway: AmazonGateway) -> None:
    amazon.answers["/shipmentConfirmation"] = answer(204)
    assert perform(gateway, CONFIRM) == Accepted("Shipment 000000042 is confirmed")
    (call,) = amazon.sent("/shipmentConfirmation")
    assert (call.method, call.target) == ("POST", f"/orders/v0/orders/{ORDER[1]}/shipmentConfirmation")
    assert call.headers["x-amz-access-token"] == "token-1"
    body = json.loads(call.body)
    detail = body["packageDetail"]
    assert body["marketplaceId"] == "ATVPDKIKX0DER"
    assert detail.pop("packageReferenceId").isdigit()
    assert detail == {
        "carrierCode": "UPS",
        "trackingNumber": "TRACK-0001-TEST",
        "shipDate": "2026-11-01T10:00:00Z",
        "orderItems": [{"orderItemId": "item-1", "quantity": 2}],
    }


def test_a_seller_signs_in_once_with_the_refresh_token(amazon: Amazon, gateway: AmazonGateway) -> None:
    amazon.answers["/shipmentConfirmation"] = answer(204)
    for _ in range(3):
        perform(gateway, CONFIRM)
    (sign_in,) = amazon.sent("/token")
    assert parse_qs(sign_in.body.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["id-value"],
        "client_secret": ["secret-value"],
        "refresh_token": ["refresh-value"],
    }


def test_an_expired_token_is_replaced_and_the_call_repeated(amazon: Amazon, gateway: AmazonGateway) -> None:
    def only_second(received: Received, connection: socket.socket) -> None:
        amazon.answers["/auth/o2/token"] = token("token-2")
        answer(204 if received.headers["x-amz-access-token"] == "token-2" else 403, "{}")(received, connection)

    amazon.answers["/shipmentConfirmation"] = only_second
    assert isinstance(perform(gateway, CONFIRM), Accepted)


def test_a_refused_sign_in_is_blocked_and_shows_no_secret(amazon: Amazon, gateway: AmazonGateway) -> None:
    amazon.answers["/auth/o2/token"] = answer(
        400, '{"error": "invalid_grant", "error_description": "The refresh token refresh-value is revoked"}'
    )
    failed = perform(gateway, CONFIRM)
    assert isinstance(failed, CallFailedError)
    assert failed.outcome is Outcome.BLOCKED
    assert "invalid_grant" in str(failed)
    assert "refresh-value" not in str(failed)


@pytest.mark.parametrize(
    "package",
    [{"packageReferenceId": "7", "trackingNumber": "TRACK-0001-TEST"}, {}],
    ids=["by tracking number", "by reference id"],
)
def test_a_confirmation_whose_answer_was_lost_is_found_among_the_packages(
    amazon: Amazon, gateway: AmazonGateway, package: dict[str, str]
) -> None:
    amazon.answers["/shipmentConfirmation"] = answer(204)
    perform(gateway, CONFIRM)
    (first,) = amazon.sent("/shipmentConfirmation")
    reference = json.loads(first.body)["packageDetail"]["packageReferenceId"]
    amazon.answers["/shipmentConfirmation"] = answer(400, json.dumps(NOT_FOUND))
    amazon.answers[ORDER[1]] = _order(packages=[{"packageReferenceId": reference, **package}])
    assert perform(gateway, CONFIRM) == Accepted("Shipment 000000042 was confirmed before")


def test_a_refused_confirmation_that_amazon_does_not_have_is_refused_with_its_sentence(
    amazon: Amazon, gateway: AmazonGateway
) -> None:
    amazon.answers["/shipmentConfirmation"] = answer(
        400, '{"errors": [{"code": "InvalidInput", "message": "Tracking 1Z999AA10123456784 is not of carrier UPS."}]}'
    )
    amazon.answers[ORDER[1]] = _order(packages=[])
    assert perform(gateway, CONFIRM) == RequestRefused("Tracking … is not of carrier UPS.")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_unavailable_or_limiting_amazon_defers_the_event(
    amazon: Amazon, gateway: AmazonGateway, status: int
) -> None:
    amazon.answers["/shipmentConfirmation"] = answer(status, '{"errors": [{"code": "QuotaExceeded", "message": "…"}]}')
    failed = perform(gateway, CONFIRM)
    assert isinstance(failed, CallFailedError)
    assert failed.outcome is Outcome.TRY_LATER


def test_an_unshipped_order_is_canceled_with_all_its_items_by_a_feed(amazon: Amazon, gateway: AmazonGateway) -> None:
    place = f"{amazon.server.url}/upload/1?signature=x"
    amazon.answers |= {
        ORDER[1]: _order(fulfillment={"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"}, orderItems=[]),
        "/documents": answer(201, json.dumps({"feedDocumentId": "document-1", "url": place})),
        "/upload/1": answer(200),
        "/feeds": answer(202, '{"feedId": "feed-1"}'),
    }
    assert perform(gateway, CANCEL) == Accepted("Amazon will cancel the order")
    (upload,), (feed,) = amazon.sent("/upload/1"), amazon.sent("/feeds")
    assert json.loads(feed.body) == {
        "feedType": "POST_ORDER_ACKNOWLEDGEMENT_DATA",
        "marketplaceIds": ["ATVPDKIKX0DER"],
        "inputFeedDocumentId": "document-1",
    }
    envelope = ElementTree.fromstring(upload.body)  # noqa: S314 - written by us
    items = [(item.findtext("AmazonOrderItemCode"), item.findtext("CancelReason")) for item in envelope.iter("Item")]
    assert items == [("item-1", "NoInventory"), ("item-2", "NoInventory")]
    assert envelope.findtext("Header/MerchantIdentifier") == "SELLER-TEST"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"fulfillment": {"fulfillmentStatus": "CANCELLED"}}, Accepted("Amazon has canceled the order before")),
        (
            {
                "fulfillment": {"fulfillmentStatus": "UNSHIPPED"},
                "orderItems": [{"fulfillment": {"quantityFulfilled": 1}}],
            },
            RequestRefused("the order was shipped and cannot be canceled"),
        ),
        (
            {"fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "AMAZON"}},
            RequestRefused("Amazon ships this order itself: cancel it in Seller Central"),
        ),
    ],
    ids=["canceled", "partly shipped", "shipped by Amazon"],
)
def test_no_feed_is_sent_for_an_order_that_is_canceled_or_shipped(
    amazon: Amazon, gateway: AmazonGateway, facts: dict[str, object], expected: Result
) -> None:
    amazon.answers[ORDER[1]] = _order(**facts)
    assert perform(gateway, CANCEL) == expected
    assert not amazon.sent("/feeds")


def test_an_order_is_got_with_its_facts_as_they_are_now(amazon: Amazon, gateway: AmazonGateway) -> None:
    amazon.answers[ORDER[1]] = the_order(order_2026() | {"orderId": ORDER[1]})
    found = perform(gateway, GetAmazonOrder(ORDER, "ATVPDKIKX0DER"))
    assert isinstance(found, AmazonOrder)
    assert (found.report.store_id, found.report.amazon_order_id, found.report.status) == (*ORDER, "PartiallyShipped")
    (call,) = amazon.sent(ORDER[1])
    assert call.target.endswith("?includedData=FULFILLMENT,PROCEEDS")


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (answer(404, '{"errors": [{"code": "NotFound", "message": "No such order."}]}'), "No such order."),
        (the_order({"orderId": ORDER[1]}), "fulfillmentStatus"),
        (the_order({"orderId": ORDER[1], "salesChannel": {"channelName": "NON_AMAZON"}}), "Non-Amazon"),
    ],
    ids=["unknown", "without its status", "not sold on Amazon"],
)
def test_an_order_that_amazon_does_not_return_is_refused(
    amazon: Amazon, gateway: AmazonGateway, response: Respond, reason: str
) -> None:
    amazon.answers[ORDER[1]] = response
    refused = perform(gateway, GetAmazonOrder(ORDER, "ATVPDKIKX0DER"))
    assert isinstance(refused, RequestRefused)
    assert reason in refused.reason
