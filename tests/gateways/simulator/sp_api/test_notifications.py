"""Notifications, simulated: destinations, subscriptions, and messages that the queue loses, doubles and delays."""

import json
import random

from gateways.simulator.sp_api.server import AmazonServer
from gateways.simulator.traffic import HttpRequest
from tests.gateways.simulator.sp_api.accounts import (
    ID,
    Caller,
    an_order,
    clock_of,
    confirm,
    parcel,
    place,
    signed_in,
)


def subscribe(server: AmazonServer) -> None:
    grantless = signed_in(server, grant_type="client_credentials", scope="sellingpartnerapi::notifications")
    arn = "arn:aws:sqs:us-east-1:000000000000:crossdock-notifications"
    specification = {"name": "orders", "resourceSpecification": {"sqs": {"arn": arn}}}
    _, document = grantless.call("POST", "/notifications/v1/destinations", specification)
    body = {
        "payloadVersion": "1.0",
        "destinationId": document["payload"]["destinationId"],
        "processingDirective": {"eventFilter": {"eventFilterType": "ORDER_CHANGE"}},
    }
    caller = signed_in(server)
    path = "/notifications/v1/subscriptions/ORDER_CHANGE"
    without_directive = {name: value for name, value in body.items() if name != "processingDirective"}
    assert caller.call("POST", path, without_directive)[0] == 400
    assert caller.call("POST", path, body)[0] == 200
    assert caller.call("POST", path, body)[0] == 409
    assert caller.call("GET", path)[1]["payload"]["payloadVersion"] == "1.0"


def received(server: AmazonServer) -> list[str]:
    headers = {"x-amz-target": "AmazonSQS.ReceiveMessage"}
    answer = server.answer(HttpRequest("POST", "/", headers, b'{"MaxNumberOfMessages": 10}'))
    bodies = [json.loads(message["Body"]) for message in json.loads(answer.body).get("Messages", [])]
    return [body["Payload"]["OrderChangeNotification"]["AmazonOrderId"] for body in bodies]


def test_every_change_is_notified_once_there_is_a_subscription(amazon: Caller) -> None:
    place(amazon.server, an_order(2))
    subscribe(amazon.server)
    place(amazon.server, an_order(3))
    confirm(amazon, parcel())
    assert received(amazon.server) == [an_order(3).amazon_order_id] * 2 + [ID]
    assert received(amazon.server) == []
    clock_of(amazon).forward(seconds=31)
    assert len(received(amazon.server)) == 3, "what was not deleted comes again"


def test_notifications_are_lost_doubled_and_late_as_configured(amazon: Caller) -> None:
    subscribe(amazon.server)
    delivery = amazon.server.queue.delivery
    delivery.chance, delivery.lost, delivery.doubled, delivery.delay = random.Random(5), 0.3, 0.3, 60.0
    for number in range(2, 52):
        place(amazon.server, an_order(number))
    queue = amazon.server.queue
    assert queue.lost > 10 < queue.doubled
    assert len(queue.messages) == 100 - queue.lost + queue.doubled
    assert len(received(amazon.server)) < 10
    clock_of(amazon).forward(minutes=1)
    assert len(received(amazon.server)) == 10


def test_destinations_are_without_a_seller_and_subscriptions_are_not(amazon: Caller) -> None:
    assert amazon.call("GET", "/notifications/v1/destinations")[0] == 403
    grantless = signed_in(amazon.server, grant_type="client_credentials", scope="sellingpartnerapi::notifications")
    assert grantless.call("GET", "/notifications/v1/destinations") == (200, {"payload": []})
    assert grantless.call("GET", "/notifications/v1/subscriptions/ORDER_CHANGE")[0] == 403
