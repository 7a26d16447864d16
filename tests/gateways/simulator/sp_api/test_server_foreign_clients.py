"""Clients that nobody here wrote work against the served Amazon unchanged: Amazon's SDK, and python-amazon-sp-api."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sp_api.api import FeedsV20210630, Notifications, Orders, OrdersV20260101
from sp_api.auth import AccessTokenClient
from sp_api.base import Marketplaces
from sp_api.base.exceptions import SellingApiBadRequestException
from spapi import GetOrderApi, OrdersV0Api, SearchOrdersApi, SPAPIClient, SPAPIConfig
from spapi.models.orders_v0.confirm_shipment_request import ConfirmShipmentRequest
from spapi.rest import ApiException

from schemas.status import AmazonStatus
from tests.gateways.simulator.sp_api.accounts import US, CheckedAmazon, an_order, cancellation, place, serving_amazon

ORDER = an_order()
ID = ORDER.amazon_order_id
DATA_SETS = ["BUYER", "RECIPIENT", "PROCEEDS", "FULFILLMENT", "PACKAGES"]


@pytest.fixture(scope="module")
def amazon() -> Iterator[tuple[CheckedAmazon, str]]:
    with serving_amazon() as (server, url):
        server.rates.factor = 1000
        server.reader.search_lag = timedelta(0)
        yield server, url


@pytest.fixture
def server(amazon: tuple[CheckedAmazon, str]) -> CheckedAmazon:
    amazon[0].marketplace.orders.clear()
    place(amazon[0], ORDER)
    return amazon[0]


@pytest.fixture
def sdk(server: CheckedAmazon, amazon: tuple[CheckedAmazon, str]) -> Iterator[Any]:
    sign_in, url = server.sign_in, amazon[1]
    config = SPAPIConfig(
        client_id=sign_in.client_id,
        client_secret=sign_in.client_secret,
        refresh_token=sign_in.refresh_token,
        region="NA",
        scope=None,
        grant_type=None,
    )
    client = SPAPIClient(config, oauth_endpoint=f"{url}/auth/o2/token", endpoint=url).api_client
    yield client
    client.rest_client.pool_manager.clear()


@pytest.fixture
def opened(server: CheckedAmazon, amazon: tuple[CheckedAmazon, str]) -> Iterator[Callable[[Any], Any]]:
    """Return a function that opens a client of python-amazon-sp-api."""

    class LoopbackSignIn(AccessTokenClient):  # type: ignore[misc]
        scheme = "http://"
        host = amazon[1].removeprefix("http://")

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            stack.callback(self._transport.close)

    sign_in = server.sign_in
    credentials = {
        "refresh_token": sign_in.refresh_token,
        "lwa_app_id": sign_in.client_id,
        "lwa_client_secret": sign_in.client_secret,
    }

    def open_client(kind: Any) -> Any:
        client = kind(marketplace=Marketplaces.US, credentials=credentials, auth_token_client_class=LoopbackSignIn)
        client.endpoint = amazon[1]
        return stack.enter_context(closing(client))

    with ExitStack() as stack:
        yield open_client


def test_amazons_sdk_gets_and_searches_orders(sdk: Any) -> None:
    answer, status, headers = GetOrderApi(sdk).get_order_with_http_info(ID, included_data=DATA_SETS)
    assert (status, headers["x-amzn-RateLimit-Limit"]) == (200, "500")
    order = answer.order
    assert (order.fulfillment.fulfillment_status, order.proceeds.grand_total.amount) == ("UNSHIPPED", "71.82")
    assert [item.product.seller_sku for item in order.order_items] == ["DEMO-MUG", "AMZ-DEMO-LAMP-2"]
    found = SearchOrdersApi(sdk).search_orders(
        last_updated_after=datetime.now(UTC) - timedelta(hours=1), included_data=["FULFILLMENT"], marketplace_ids=[US]
    )
    assert [order.order_id for order in found.orders] == [ID]


def test_amazons_sdk_confirms_a_parcel(sdk: Any, server: CheckedAmazon) -> None:
    detail = {
        "packageReferenceId": "7",
        "carrierCode": "UPS",
        "trackingNumber": "1Z",
        "shipDate": "2026-11-01T12:00:00Z",
        "orderItems": [{"orderItemId": ORDER.items()[0].order_item_id, "quantity": 2}],
    }
    body = ConfirmShipmentRequest(marketplace_id=US, package_detail=detail)
    OrdersV0Api(sdk).confirm_shipment(ID, body)
    assert server.marketplace.orders[ID].packages["7"].detail["trackingNumber"] == "1Z"
    with pytest.raises(ApiException) as refused:
        OrdersV0Api(sdk).confirm_shipment("999-0000000-9999999", body)
    assert refused.value.status == 404


def test_python_amazon_sp_api_gets_and_searches_orders(opened: Callable[[Any], Any]) -> None:
    client = opened(OrdersV20260101)
    answer = client.get_order(ID, includedData=DATA_SETS)
    assert answer.payload["order"]["fulfillment"]["fulfilledBy"] == "MERCHANT"
    assert float(answer.rate_limit) == 500


def test_python_amazon_sp_api_reads_orders_of_v0(opened: Callable[[Any], Any]) -> None:
    client = opened(Orders)
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    (order,) = client.get_orders(LastUpdatedAfter=since, MarketplaceIds=[US]).payload["Orders"]
    assert (order["AmazonOrderId"], order["OrderStatus"]) == (ID, "Unshipped")
    assert client.get_order(ID).payload["OrderTotal"] == {"CurrencyCode": "USD", "Amount": "71.82"}
    items = client.get_order_items(ID).payload["OrderItems"]
    assert [item["QuantityOrdered"] for item in items] == [2, 1]


def test_python_amazon_sp_api_cancels_by_a_feed(opened: Callable[[Any], Any], server: CheckedAmazon) -> None:
    client = opened(FeedsV20210630)
    with pytest.raises(SellingApiBadRequestException):
        client.create_feed("POST_ORDER_ACKNOWLEDGEMENT_DATA", "unknown-document", marketplaceIds=[US])
    items = {item.order_item_id: "NoInventory" for item in ORDER.items()}
    document, feed = client.submit_feed("POST_ORDER_ACKNOWLEDGEMENT_DATA", BytesIO(cancellation(ID, items)))
    assert feed.payload["feedId"] in server.feeds.feeds
    assert server.marketplace.orders[ID].facts.status is AmazonStatus.CANCELED
    result = client.get_feed(feed.payload["feedId"]).payload
    assert result["processingStatus"] == "DONE"
    report = client.get_feed_document(result["resultFeedDocumentId"])
    assert "<MessagesSuccessful>1</MessagesSuccessful>" in report
    assert document.payload["feedDocumentId"]


def test_python_amazon_sp_api_subscribes(opened: Callable[[Any], Any], server: CheckedAmazon) -> None:
    client = opened(Notifications)
    arn = "arn:aws:sqs:us-east-1:000000000000:crossdock-notifications"
    made = client.create_destination(name="orders", arn=arn).payload
    subscribed = client.create_subscription(
        "ORDER_CHANGE",
        destination_id=made["destinationId"],
        payloadVersion="1.0",
        processingDirective={"eventFilter": {"eventFilterType": "ORDER_CHANGE"}},
    )
    assert server.notifications.subscriptions["ORDER_CHANGE"]["subscriptionId"] == subscribed.payload["subscriptionId"]
