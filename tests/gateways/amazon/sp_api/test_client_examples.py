"""The examples of Amazon's descriptions are as the description says that requests and answers are held against.

Those of calls that Crossdock makes are read by its clients, and every refusal by its error format. The examples of
orders are in orders_api/test_files_examples.py.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from gateways.amazon.sp_api.client import AmazonClient, FeedDocument
from gateways.amazon.sp_api.errors import AmazonErrors
from gateways.amazon.sp_api.subscription import Subscription, SubscriptionClient
from gateways.http.call import Reply
from gateways.http.client import HttpClient
from gateways.http.outcome import Outcome
from gateways.http.problem import Problem
from gateways.simulator.sp_api.server import DESCRIPTION
from tests.gateways.amazon.sp_api.examples import ARN, DONE, PARCEL, REFUSED, Example
from tests.gateways.http.server import Received, answer, serving
from tests.gateways.simulator.sp_api.accounts import US

ORDER = ("us", "111-0000001-0000001")


def _bytes(document: object) -> bytes:
    return b"" if document is None else json.dumps(document).encode()


def _name(example: Example) -> str:
    return f"{example.call} {example.status}"


@pytest.fixture
def http() -> Iterator[HttpClient]:
    """A client of an Amazon that answers every call as its example does."""
    answers = {one.call: answer(one.status, _bytes(one.answer)) for one in DONE}

    def respond(received: Received, connection: socket.socket) -> None:
        answers[f"{received.method} {received.target}"](received, connection)

    with serving(respond) as server, closing(HttpClient("amazon", server.url, errors=AmazonErrors())) as client:
        yield client


@pytest.mark.parametrize("example", [*DONE, *REFUSED], ids=_name)
def test_an_example_fits_the_description(example: Example) -> None:
    method, path = example.call.split(" ")
    assert DESCRIPTION.answer(method, path, example.status, _bytes(example.answer)) == []
    if example.body:
        assert DESCRIPTION.request(method, path, _bytes(example.body)) == []


@pytest.mark.parametrize("example", REFUSED, ids=_name)
def test_the_refusal_of_an_example_is_read_with_its_sentence(example: Example) -> None:
    reply = Reply(example.status, {}, _bytes(example.answer))
    errors = AmazonErrors()
    first = json.loads(reply.body)["errors"][0]
    assert errors.outcome(reply) is Outcome.REFUSED
    assert errors.problem(reply) == Problem(first["code"], first["message"])


def test_the_client_reads_the_examples_of_its_calls(http: HttpClient) -> None:
    client = AmazonClient(http)
    document = client.create_feed_document(ORDER, "text/xml")
    assert document == FeedDocument("document-1", "https://storage.example.com/Feed_101__.xml")
    client.create_feed(ORDER, "POST_ORDER_ACKNOWLEDGEMENT_DATA", [US], document.document_id)
    client.confirm_shipment(ORDER, {"marketplaceId": US, "packageDetail": PARCEL})


def test_the_subscription_is_read_from_the_examples(http: HttpClient) -> None:
    subscriptions = SubscriptionClient(http, http)
    assert subscriptions.find() == subscriptions.subscribe(ARN) == Subscription("subscription-1", ARN)
    subscriptions.remove(Subscription("subscription-1", ARN))
