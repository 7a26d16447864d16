"""Feeds, simulated: an order is canceled once its feed is processed, or the result says why not."""

from datetime import timedelta
from typing import Any

import pytest

from gateways.simulator.traffic import HttpRequest
from tests.gateways.simulator.sp_api.accounts import (
    ID,
    LAMPS,
    MUGS,
    US,
    Caller,
    cancellation,
    clock_of,
    order,
)


def send_feed(caller: Caller, content: bytes) -> Any:
    _, document = caller.call("POST", "/feeds/2021-06-30/documents", {"contentType": "text/xml"})
    path = document["url"]
    uploaded = caller.server.answer(HttpRequest("PUT", path, {"content-type": "text/xml"}, content))
    assert uploaded.status == 200
    kind = {"feedType": "POST_ORDER_ACKNOWLEDGEMENT_DATA", "marketplaceIds": [US]}
    status, feed = caller.call("POST", "/feeds/2021-06-30/feeds", kind | {"inputFeedDocumentId": path.split("/")[-1]})
    assert status == 202
    return feed["feedId"]


def test_a_feed_cancels_an_order_once_it_is_processed(amazon: Caller) -> None:
    amazon.server.feeds.takes = timedelta(minutes=3)
    feed_id = send_feed(amazon, cancellation(ID, {MUGS: "NoInventory", LAMPS: "NoInventory"}))
    assert amazon.call("GET", f"/feeds/2021-06-30/feeds/{feed_id}")[1]["processingStatus"] == "IN_QUEUE"
    assert order(amazon)["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    clock_of(amazon).forward(minutes=3)
    assert amazon.call("GET", f"/feeds/2021-06-30/feeds/{feed_id}")[1]["processingStatus"] == "DONE"
    assert order(amazon)["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    feeds = amazon.call("GET", "/feeds/2021-06-30/feeds?feedTypes=POST_ORDER_ACKNOWLEDGEMENT_DATA")[1]["feeds"]
    assert [feed["feedId"] for feed in feeds] == [feed_id]


@pytest.mark.parametrize(
    ("reasons", "problem"),
    [
        ({MUGS: "NoReason", LAMPS: "NoInventory"}, "CancelReason"),
        ({"unknown": "NoInventory"}, "AmazonOrderItemCode"),
    ],
)
def test_a_feed_that_is_processed_need_not_have_canceled(amazon: Caller, reasons: Any, problem: str) -> None:
    feed_id = send_feed(amazon, cancellation(ID, reasons))
    feed = amazon.call("GET", f"/feeds/2021-06-30/feeds/{feed_id}")[1]
    document = amazon.call("GET", f"/feeds/2021-06-30/documents/{feed['resultFeedDocumentId']}")[1]
    report = amazon.server.answer(HttpRequest("GET", document["url"], {}, b"")).body.decode()
    assert problem in report
    assert order(amazon)["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"


def test_a_feed_that_is_no_xml_is_fatal_and_an_address_ends_after_five_minutes(amazon: Caller) -> None:
    feed_id = send_feed(amazon, b"no xml")
    assert amazon.call("GET", f"/feeds/2021-06-30/feeds/{feed_id}")[1]["processingStatus"] == "FATAL"
    _, document = amazon.call("POST", "/feeds/2021-06-30/documents", {"contentType": "text/xml"})
    clock_of(amazon).forward(minutes=6)
    late = amazon.server.answer(HttpRequest("PUT", document["url"], {"content-type": "text/xml"}, b""))
    assert late.status == 403
