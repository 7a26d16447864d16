"""CloudEvents over HTTP: every mode, every refusal with one sentence, and nothing taken before the broker has it."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from intake import bodies
from operations.publishers import remove_publisher, revoke_tokens
from schemas.payloads import CatalogChanged
from tests.builders import ORDER_ID, STORE_ID, placed
from tests.doubles import watched
from tests.harness import Pipeline, event_of
from tests.intake.conftest import ACTOR, Served
from tests.servers.plain_http import PLAIN

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"


def publish(served: Served, document: Any, content_type: str = STRUCTURED, **headers: str) -> httpx2.Response:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    if "authorization" not in headers:
        headers["authorization"] = f"Bearer {served.token()}"
    return served.post("/events", body, content_type=content_type, **headers)


def error_of(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def test_a_structured_event_is_handled_and_its_publisher_is_known(served: Served, pipeline: Pipeline) -> None:
    response = publish(served, event_of(placed()))
    assert (response.status_code, response.json()) == (202, {"accepted": 1})
    pipeline.drain()
    with served.ledger.read() as work:
        (entry,) = work.history.of_order((STORE_ID, ORDER_ID))
    assert (entry.publisher, entry.source) == ("acme", "/upstream")


def test_a_batch_is_taken_whole_or_not_at_all(served: Served) -> None:
    good, wrong = event_of(CatalogChanged(sku="MUG")), event_of(CatalogChanged(sku="TEE")) | {"data": {}}
    assert publish(served, [good, good | {"id": "2"}], BATCH).json() == {"accepted": 2}
    status, sentence = error_of(publish(served, [good, wrong], BATCH))
    assert (status, sentence[:16]) == (422, "Event 2 of 2: Th")
    assert served.waiting("catalog-changed") == 2


def test_the_sdk_for_python_publishes_in_both_modes(served: Served, pipeline: Pipeline) -> None:
    attributes = {"id": "é 1", "source": "/shop", "type": "catalog.changed"}
    event = CloudEvent(attributes=attributes, data={"sku": "Tasse é"})
    for message in (to_structured_event(event), to_binary_event(event)):
        headers = message.headers | {"Authorization": f"Bearer {served.token()}"}
        response = httpx2.post(f"{served.url}/events", content=message.body, headers=headers, verify=PLAIN)
        assert response.status_code == 202, response.text
    first, second = (served.bus.subscribe("catalog-changed", 10).receive(1, 5.0)[0].message for _ in range(2))
    assert (first.id, first.key) == ("é 1", second.key)
    assert json.loads(second.body)["data"] == {"sku": "Tasse é"}


def test_data_in_a_binary_event_cannot_end_the_envelope(served: Served) -> None:
    attributes = {"ce_specversion": "1.0", "ce_id": "1", "ce_source": "/s", "ce_type": "catalog.changed"}
    injected = b'{"sku":"MUG"},"type":"order.placed"'
    assert publish(served, injected, "application/json", **attributes).status_code == 422


@pytest.mark.parametrize(
    ("authorization", "sentence"),
    [
        ("", "Send your token"),
        ("Basic YTpi", "Send your token"),
        ("Bearer", "Send your token"),
        ("Bearer wrong", "not known"),
    ],
)
def test_without_a_valid_token_nothing_is_taken(served: Served, authorization: str, sentence: str) -> None:
    response = publish(served, event_of(placed()), authorization=authorization)
    status, refusal = error_of(response)
    assert (status, sentence in refusal, response.headers["www-authenticate"]) == (401, True, "Bearer")
    assert served.waiting("order-placed") == 0


def test_a_token_ends_when_it_is_revoked_and_with_its_publisher(served: Served) -> None:
    first, second = served.token("one"), served.token("two")
    revoke_tokens(served.context, "one", actor=ACTOR)
    remove_publisher(served.context, "two", actor=ACTOR)
    for token in (first, second):
        assert publish(served, event_of(placed()), authorization=f"Bearer {token}").status_code == 401


KEY = {"store_id": STORE_ID, "amazon_order_id": ORDER_ID}
REQUEST = event_of(placed()) | {"type": "import.requested", "data": KEY}
ANNOUNCEMENT = event_of(placed()) | {"type": "order.recorded", "data": {**KEY, "status": "Pending"}}


@pytest.mark.parametrize(
    ("stores", "events", "event", "sentence"),
    [
        (("other",), (), event_of(placed()), f"not for the store {STORE_ID}"),
        ((), ("commerce.shipped",), event_of(placed()), "not order.placed"),
        ((), (), event_of(placed()) | {"source": "/crossdock"}, "Only Crossdock publishes events of the source"),
        ((), (), REQUEST, "Only Crossdock publishes"),
        ((), (), ANNOUNCEMENT, "Publishers publish"),
    ],
)
def test_a_publisher_speaks_only_for_what_it_is_bound_to(
    served: Served, stores: tuple[str, ...], events: tuple[str, ...], event: dict[str, Any], sentence: str
) -> None:
    token = served.token("acme", stores, events)
    status, refusal = error_of(publish(served, event, authorization=f"Bearer {token}"))
    assert (status, sentence in refusal) == (403, True), refusal
    assert served.waiting("order-placed") == 0


@pytest.mark.parametrize(
    ("content", "headers", "status", "sentence"),
    [
        (b"{}", {"content_type": "text/plain"}, 415, "Content-Type has to be"),
        (b"{}", {"content_type": f"{STRUCTURED}; charset=utf-16"}, 415, "UTF-8"),
        (b"{}", {"content_encoding": "gzip"}, 415, "compressed"),
        (b"a", {"content_type": "text/plain", "ce_specversion": "1.0"}, 415, "has to be JSON"),
        (b"\xff\xfe", {}, 422, "not JSON in UTF-8"),
        (b"[]", {}, 422, "not an object"),
        (b'{"specversion": "1.0"}', {}, 422, "not a CloudEvent"),
        (b"[]", {"content_type": BATCH}, 422, "at least one event"),
        (b"[" * 100_000, {"content_type": BATCH}, 422, "not JSON"),
        (b"{}", {"content_type": "application/json", "ce_specversion": "1.0", "ce_id": "%ff"}, 422, "percent-encoded"),
        (b"{}", {"content_type": "application/json", "ce_specversion": "1.0", "ce_data": "1"}, 422, "no attribute"),
        (b"x" * (1024 * 1024 + 1), {}, 413, "1,048,576 bytes"),
        (json.dumps(["a"] * 1001).encode(), {"content_type": BATCH}, 413, "at most 1,000"),
        (json.dumps([{"data": "x" * 1024 * 1024}]).encode(), {"content_type": BATCH}, 413, "1,048,576 bytes"),
    ],
)
def test_a_body_that_is_no_event_is_refused_with_a_sentence(
    served: Served, content: bytes, headers: dict[str, str], status: int, sentence: str
) -> None:
    content_type = headers.pop("content_type", STRUCTURED)
    refusal = error_of(publish(served, content, content_type, **headers))
    assert (refusal[0], sentence in refusal[1]) == (status, True), refusal


LARGE = 8 * 1024 * 1024


def _send(served: Served, *parts: bytes) -> bytes:
    """Send bytes as they are, and return the answer until the connection ends."""
    where = urlsplit(served.url)
    with socket.create_connection((where.hostname, where.port or 0), 30) as connection:
        for part in parts:
            connection.sendall(part)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_an_endless_body_is_cut_off(served: Served) -> None:
    head = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.token()}\r\n"
    chunked = f"{head}Content-Type: {STRUCTURED}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    assert _send(served, chunked, chunk * 17).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("expect", ["", "Expect: 100-continue\r\n"])
def test_a_publisher_that_still_sends_a_large_body_learns_that_it_is_too_large(served: Served, expect: str) -> None:
    sent = 0 if expect else LARGE
    head = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.token()}\r\n{expect}"
    sized = f"{head}Content-Type: {STRUCTURED}\r\nContent-Length: {LARGE}\r\n\r\n".encode()
    assert _send(served, sized, b" " * sent).startswith(b"HTTP/1.1 413")


def test_a_body_that_does_not_come_is_not_awaited(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)
    head = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.token()}\r\nContent-Length: 10\r\n"
    answered = _send(served, f"{head}Content-Type: {STRUCTURED}\r\n\r\n".encode(), b"{")
    assert answered.startswith(b"HTTP/1.1 408")


def test_without_the_brokers_confirmation_it_is_to_be_sent_again(served: Served) -> None:
    bus, watching = watched(served.bus)
    watching.fail_next = 1
    object.__setattr__(served.intake, "bus", bus)
    response = publish(served, event_of(placed()))
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert "Send it again" in response.json()["error"]
    assert publish(served, event_of(placed())).status_code == 202


def test_other_addresses_and_methods_are_answered_in_the_same_form(served: Served) -> None:
    assert error_of(served.get("/events"))[0] == 405
    assert error_of(served.get("/docs"))[0] == 404
