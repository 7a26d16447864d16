"""Tests of the HTTP client: answers, limits, credentials and the log of failures."""

import gzip
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event
from typing import Protocol

import pytest

from gateways.errors import CallFailedError, CallRefusedError
from gateways.http.call import Call, Reply
from gateways.http.client import Conditions, HttpClient
from gateways.http.no_reply import Limits
from gateways.http.outcome import Outcome
from schemas.communication_errors import CommunicationError
from schemas.errors import RetryableError
from schemas.trace_context import TRACEPARENT
from tests.events.rabbitmq.tls import CertificateAuthority, server_context
from tests.gateways.http.server import Received, Respond, Server, answer, raw, serving

LOOK_UP = Call("look up an order", "GET", "/V1/orders", store_id="us", order_id="902-1-1")
HTML = "<html>Sign in, jane@example.com</html>"
BOMB = gzip.compress(bytes(10_000_000))

LIMIT = 60.0
PATIENT = Limits(connect=LIMIT, receive=LIMIT, total=LIMIT, size=1_000_000)
HASTY = Limits(connect=LIMIT, receive=0.4, total=0.8)
"""Limits of calls that are to end by them."""


class Log:
    """A log of communication errors in memory."""

    def __init__(self) -> None:
        self.errors: list[CommunicationError] = []

    def add(self, error: CommunicationError) -> int:
        self.errors.append(error)
        return len(self.errors)


class Keys:
    """Credentials that change when *renewed* is true."""

    def __init__(self, renewed: str | None = None) -> None:
        self._key = "old"
        self._renewed = renewed

    def headers(self, call: Call, url: str) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._key}"}

    def renew(self) -> bool:
        self._key, renewed = self._renewed or self._key, self._renewed is not None
        return renewed


class Open(Protocol):
    """Opens a client that is closed after the test."""

    def __call__(
        self, url: str, log: Log | None = None, keys: Keys | None = None, limits: Limits = PATIENT
    ) -> HttpClient: ...


@pytest.fixture
def open_client() -> Iterator[Open]:
    with ExitStack() as stack:

        def opened(url: str, log: Log | None = None, keys: Keys | None = None, limits: Limits = PATIENT) -> HttpClient:
            conditions = Conditions(2, limits, error_log=log or Log())
            return stack.enter_context(closing(HttpClient("commerce", url, keys or Keys(), conditions=conditions)))

        yield opened


def hang(_: Received, connection: socket.socket) -> None:
    """Answer nothing until the client has gone."""
    connection.recv(1)


def drip(_: Received, connection: socket.socket) -> None:
    """Answer a byte now and then, without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    pause = Event()
    while True:
        connection.sendall(b" ")
        pause.wait(0.05)


def test_a_done_call_returns_its_json_with_exact_fractions(server: Server, open_client: Open) -> None:
    server.respond = answer(200, '{"grand_total": 48.27}')
    reply = open_client(server.url).call(LOOK_UP)
    assert str(reply.data["grand_total"]) == "48.27"


def test_an_empty_answer_is_done(server: Server, open_client: Open) -> None:
    server.respond = answer(204)
    assert open_client(server.url).call(LOOK_UP).data is None


def test_a_call_of_a_traced_request_carries_its_trace_in_every_thread_and_others_carry_none(
    server: Server, open_client: Open
) -> None:
    client, trace = open_client(server.url), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    token = TRACEPARENT.set(trace)
    client.submit(client.call, LOOK_UP).result(LIMIT)
    TRACEPARENT.reset(token)
    client.submit(client.call, LOOK_UP).result(LIMIT)
    assert [request.headers.get("traceparent") for request in server.requests] == [trace, None]


def test_the_address_and_the_body_are_sent_as_they_are_given(server: Server, open_client: Open) -> None:
    target = "/V1/products/SKU%2FA%20%2B?searchCriteria%5Bpage%5D=1&x=a%20b"
    open_client(server.url).call(Call("create", "POST", target, body={"name": "Zoë"}))
    received = server.requests[0]
    assert (received.target, received.body) == (target, rb'{"name":"Zo\u00eb"}')
    assert received.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("respond", "outcome", "code"),
    [
        (answer(401, '{"message": "no"}'), Outcome.BLOCKED, "401"),
        (answer(403, HTML, "text/html"), Outcome.BLOCKED, "403"),
        (answer(429, '{"errors": []}'), Outcome.TRY_LATER, "429"),
        (answer(500, HTML, "text/html"), Outcome.TRY_LATER, "500"),
        (answer(503, ""), Outcome.TRY_LATER, "503"),
        (answer(302, "", location="https://elsewhere.example.com/"), Outcome.BROKEN, "302"),
        (answer(200, HTML, "text/html"), Outcome.BROKEN, "200"),
        (answer(404, HTML, "text/html"), Outcome.BROKEN, "404"),
        (answer(200, '{"items": [1, 2'), Outcome.BROKEN, "200"),
        (answer(200, "[" * 200_000), Outcome.BROKEN, "200"),
        (answer(200, b"1" * 1_000_001), Outcome.BROKEN, "too_large"),
        (answer(200, BOMB, content_encoding="gzip"), Outcome.BROKEN, "too_large"),
        (answer(200, b"\x1f\x8bno", content_encoding="gzip"), Outcome.BROKEN, "encoding"),
        (answer(200, b"{}", content_encoding="br"), Outcome.BROKEN, "encoding"),
        (raw(b"SMTP 220 ready\r\n\r\n"), Outcome.TRY_LATER, "connection"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"), Outcome.TRY_LATER, "timeout"),
        (hang, Outcome.TRY_LATER, "timeout"),
        (drip, Outcome.TRY_LATER, "timeout"),
    ],
)
def test_a_failed_call_has_its_outcome_and_is_logged_without_its_contents(
    server: Server, open_client: Open, respond: Respond, outcome: Outcome, code: str
) -> None:
    server.respond = respond
    log = Log()
    with pytest.raises(CallFailedError) as failure:
        open_client(server.url, log, limits=HASTY if code == "timeout" else PATIENT).call(LOOK_UP)
    assert (failure.value.outcome, failure.value.code) == (outcome, code)
    assert [(error.outcome, error.code, error.store_id, error.amazon_order_id) for error in log.errors] == [
        (outcome, code, "us", "902-1-1")
    ]
    assert "jane" not in str(failure.value) + log.errors[0].sentence
    assert "old" not in str(failure.value)


def test_a_closed_port_is_tried_later(server: Server, open_client: Open) -> None:
    with pytest.raises(CallFailedError) as failure:
        open_client("http://127.0.0.1:1").call(LOOK_UP)
    assert failure.value.code == "unreachable"


@pytest.mark.parametrize("url", ["ftp://shop.example.com", "shop.example.com"])
def test_an_address_that_is_no_url_blocks(open_client: Open, url: str) -> None:
    with pytest.raises(CallFailedError) as failure:
        open_client(url).call(LOOK_UP)
    assert failure.value.outcome is Outcome.BLOCKED


def test_the_wait_that_a_reply_asks_for_is_kept(server: Server, open_client: Open) -> None:
    server.respond = answer(429, "{}", retry_after="17")
    with pytest.raises(CallFailedError) as failure:
        open_client(server.url).call(LOOK_UP)
    assert failure.value.retry_after == 17


def test_a_refusal_is_raised_with_its_reply_or_returned_as_the_answer(server: Server, open_client: Open) -> None:
    server.respond = answer(404, '{"message": "There is none."}')
    with pytest.raises(CallRefusedError) as refusal:
        open_client(server.url).call(LOOK_UP)
    assert refusal.value.reply.data == {"message": "There is none."}
    expected = Call("look up an order", "GET", "/V1/orders", answers=frozenset({404}))
    assert open_client(server.url).call(expected).status == 404


def test_a_call_refused_for_its_credentials_is_repeated_once_with_others(server: Server, open_client: Open) -> None:
    def only_new(received: Received, connection: socket.socket) -> None:
        known = received.headers["authorization"] == "Bearer new"
        (answer(200, "{}") if known else answer(401, "{}"))(received, connection)

    server.respond = only_new
    assert open_client(server.url, keys=Keys(renewed="new")).call(LOOK_UP).status == 200
    with pytest.raises(CallFailedError):
        open_client(server.url, keys=Keys(renewed="also wrong")).call(LOOK_UP)
    assert len(server.requests) == 4


def test_credentials_stay_below_the_base_url_and_cookies_are_not_sent_back(server: Server, open_client: Open) -> None:
    server.respond = answer(200, "{}", set_cookie="PHPSESSID=1; path=/")
    with serving() as other:
        client = open_client(server.url)
        client.call(LOOK_UP)
        client.call(LOOK_UP)
        client.call(Call("upload", "PUT", f"{other.url}/file", content=b"x"))
        assert "authorization" not in other.requests[0].headers
    assert "cookie" not in server.requests[1].headers


class Spent:
    """A budget that grants a call in an hour."""

    def take(self, call: Call, max_wait: float) -> float | None:
        return None

    def observe(self, call: Call, reply: Reply) -> None:
        raise AssertionError


def test_a_call_beyond_its_budget_is_not_sent_and_is_no_error(server: Server) -> None:
    log = Log()
    call = Call("get order", "GET", "/orders/1", budget="A1/getOrder")
    with (
        closing(HttpClient("amazon", server.url, conditions=Conditions(budget=Spent(), error_log=log))) as client,
        pytest.raises(RetryableError, match="rate of amazon is used up"),
    ):
        client.call(call)
    assert (server.requests, log.errors) == ([], [])


def test_one_slow_call_holds_up_no_other(server: Server, open_client: Open) -> None:
    release = Event()

    def slow_first(received: Received, connection: socket.socket) -> None:
        if received.target.endswith("slow"):
            release.wait(LIMIT)
        answer(200, "{}")(received, connection)

    server.respond = slow_first
    client = open_client(server.url)
    slow = client.submit(client.call, Call("wait", "GET", "/slow"))
    quick = [client.submit(client.call, LOOK_UP).result(LIMIT).status for _ in range(5)]
    assert (quick, slow.done()) == ([200] * 5, False)
    release.set()
    assert slow.result(LIMIT).status == 200


def test_a_certificate_that_nobody_vouches_for_blocks_and_nothing_is_sent(open_client: Open, tmp_path: Path) -> None:
    context = server_context(CertificateAuthority(tmp_path, "stranger").issue("127.0.0.1"))
    with serving(tls=context) as server, pytest.raises(CallFailedError) as failure:
        open_client(server.url.replace("http:", "https:")).call(LOOK_UP)
    assert (failure.value.outcome, failure.value.code) == (Outcome.BLOCKED, "certificate")
    assert server.requests == []
