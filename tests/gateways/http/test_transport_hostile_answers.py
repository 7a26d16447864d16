"""Answers that no system should give: each is an outcome with a true sentence, and harms no other call."""

import gzip
import json
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from gateways.errors import CallFailedError
from gateways.http.call import Call
from gateways.http.client import Conditions, HttpClient
from gateways.http.no_reply import Limits
from gateways.http.outcome import Outcome
from tests.events.rabbitmq.tls import CertificateAuthority, server_context
from tests.gateways.http.server import Received, Respond, Server, answer, raw, serving
from tests.gateways.http.test_client import Keys, Log
from tests.gateways.http.test_repeats import each

ASK, CREATE = Call("ask", "GET", "/orders"), Call("create", "POST", "/orders", body={})
LIMIT = 30.0
LIMITS = Limits(connect=LIMIT, receive=LIMIT, total=LIMIT, size=100_000)
HEAD, CHUNKED = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ZIPPED = gzip.compress(b"{}")


@pytest.fixture
def client(server: Server, log: Log) -> Iterator[HttpClient]:
    with closing(client_of(server.url, log)) as opened:
        yield opened


def client_of(url: str, log: Log | None = None) -> HttpClient:
    return HttpClient("commerce", url, Keys(), conditions=Conditions(2, LIMITS, error_log=log or Log()))


def endless(begin: bytes, more: bytes) -> Respond:
    """Answer without an end, as fast as it is read."""

    def respond(_: Received, connection: socket.socket) -> None:
        connection.sendall(begin)
        while True:
            connection.sendall(more)

    return respond


def closing_after(data: bytes) -> Respond:
    """Send exactly these bytes, and end the connection."""

    def respond(_: Received, connection: socket.socket) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_RDWR)

    return respond


def reset_after(data: bytes) -> Respond:
    """Send exactly these bytes, and reset the connection, as a server does that was killed."""

    def respond(_: Received, connection: socket.socket) -> None:
        connection.sendall(data)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(connection.detach())  # the server's stream would keep it open

    return respond


@pytest.mark.parametrize(
    ("respond", "outcome", "code", "sentence"),
    [
        (endless(HEAD, b"x: y\r\n"), Outcome.TRY_LATER, "connection", "brought no HTTP"),
        (endless(HEAD + b"x: ", b"y" * 9000), Outcome.TRY_LATER, "connection", "brought no HTTP"),
        (endless(CHUNKED, b"0" * 9000), Outcome.TRY_LATER, "connection", "broke"),
        (
            endless(CHUNKED, b"1000\r\n" + b" " * 4096 + b"\r\n"),
            Outcome.BROKEN,
            "too_large",
            "larger than 100000",
        ),
        (endless(HEAD + b"\r\n", b" " * 9000), Outcome.BROKEN, "too_large", "larger than 100000"),
        (closing_after(CHUNKED + b"zz\r\n{}\r\n"), Outcome.TRY_LATER, "connection", "broke"),
        (closing_after(HEAD + b"Content-Length: 9\r\n\r\n{}"), Outcome.TRY_LATER, "connection", "broke"),
        (
            answer(200, ZIPPED[:-9], content_encoding="gzip"),
            Outcome.BROKEN,
            "encoding",
            "not one whole",
        ),
        (answer(200, ZIPPED * 2, content_encoding="gzip"), Outcome.BROKEN, "encoding", "not one whole"),
        (answer(200, "<html>Please sign in</html>", "text/html"), Outcome.BROKEN, "200", "without JSON (text/html)"),
        (answer(200, '{"items": [{"id": 1'), Outcome.BROKEN, "200", "without JSON"),
        (answer(200, '{"id": 1, "id": 2}'), Outcome.BROKEN, "200", "without JSON"),
        (answer(200, '{"total": NaN}'), Outcome.BROKEN, "200", "without JSON"),
        (answer(200, '{"total": -Infinity}'), Outcome.BROKEN, "200", "without JSON"),
        (answer(200, '{"total": ' + "9" * 5000 + "}"), Outcome.BROKEN, "200", "without JSON"),
        (answer(200, '{"total": 1e99999999999999999999}'), Outcome.BROKEN, "200", "without JSON"),
        (answer(200, '{"total": 1e-1001}'), Outcome.BROKEN, "200", "without JSON"),
        (answer(200, '{"name": "\\ud800"}'), Outcome.BROKEN, "200", "without JSON"),
        (answer(200, '{"name": "\\udc00\\ud83d"}'), Outcome.BROKEN, "200", "without JSON"),
        (answer(200, "[" * 202 + "]" * 202), Outcome.BROKEN, "200", "without JSON"),
        (answer(200, '{"a":' * 201 + "1" + "}" * 201), Outcome.BROKEN, "200", "without JSON"),
        (answer(200, "[" * 100_000), Outcome.BROKEN, "200", "without JSON"),
        (answer(200, '{"name": "Zoë"}'.encode("latin-1")), Outcome.BROKEN, "200", "without JSON"),
        (answer(301, "", location="https://elsewhere.example.com/"), Outcome.BROKEN, "301", "redirects to another"),
    ],
)
def test_each_broken_answer_has_its_outcome_and_code(
    server: Server, client: HttpClient, log: Log, respond: Respond, outcome: Outcome, code: str, sentence: str
) -> None:
    server.respond = respond
    with pytest.raises(CallFailedError) as failure:
        client.call(CREATE)
    assert (failure.value.outcome, failure.value.code) == (outcome, code)
    assert sentence in str(failure.value)
    assert [(error.outcome, error.code, error.sentence in str(failure.value)) for error in log.errors] == [
        (outcome, code, True)
    ]
    server.respond = answer(200, "{}")
    assert client.call(CREATE).data == {}


@pytest.mark.parametrize("begun", [b"", b"HTT", HEAD, HEAD + b"Content-Length: 9\r\n\r\n{", CHUNKED + b"9\r\n{"])
def test_a_connection_that_is_reset_is_tried_later_and_only_what_may_be_is_repeated(
    server: Server, client: HttpClient, begun: bytes
) -> None:
    server.respond = reset_after(begun)
    with pytest.raises(CallFailedError) as failure:
        client.call(CREATE)
    assert (failure.value.outcome, failure.value.code) == (Outcome.TRY_LATER, "connection")
    assert len(server.requests) == 1
    server.respond = each(server.respond, answer(200, "{}"))
    assert client.call(ASK).data == {}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_not_followed_with_the_credentials(
    server: Server, client: HttpClient, status: int
) -> None:
    with serving() as other:
        server.respond = answer(status, "", location=f"{other.url}/orders")
        for call in (ASK, CREATE):
            with pytest.raises(CallFailedError, match="redirects to another address"):
                client.call(call)
        assert (len(server.requests), other.requests) == (2, [])


@pytest.mark.parametrize("status", [102, 103, 199])
def test_an_interim_answer_is_none_and_the_final_one_is_not_taken_for_that_of_the_next_call(
    server: Server, client: HttpClient, status: int
) -> None:
    ports = []

    def note_port(received: Received, connection: socket.socket) -> None:
        ports.append(connection.getpeername()[1])
        raw(f"HTTP/1.1 {status} Wait\r\n\r\n".encode())(received, connection)

    server.respond = note_port
    for _ in range(2):
        with pytest.raises(CallFailedError) as failure:
            client.call(CREATE)
        assert (failure.value.outcome, failure.value.code) == (Outcome.BROKEN, str(status))
    assert len(set(ports)) == 2


def test_more_than_the_length_is_not_taken_for_the_next_answer(server: Server, client: HttpClient) -> None:
    stale = HEAD + b'Content-Length: 9\r\n\r\n["stale"]'
    server.respond = raw(HEAD + b"Content-Length: 2\r\n\r\n{}" + stale)
    assert client.call(CREATE).data == {}
    server.respond = answer(200, '["new"]')
    assert client.call(CREATE).data == ["new"]


def test_a_byte_order_mark_and_whole_compression_are_read(server: Server, client: HttpClient) -> None:
    server.respond = answer(200, b'\xef\xbb\xbf{"name": "Zo\xc3\xab"}')
    assert client.call(ASK).data == {"name": "Zoë"}
    server.respond = answer(200, '{"name": "\\ud83d\\ude00", "many": [' + "[{}]," * 300 + "[]]}")
    assert client.call(ASK).data == {"name": "\U0001f600", "many": [[{}]] * 300 + [[]]}
    server.respond = answer(200, gzip.compress(json.dumps({"a": "b" * 50_000}).encode()), content_encoding="gzip")
    assert len(client.call(ASK).data["a"]) == 50_000


@pytest.mark.parametrize("fault", ["expired", "other address", "other authority"])
def test_a_wrong_certificate_blocks_and_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    authority = CertificateAuthority(tmp_path, "authority")
    other = CertificateAuthority(tmp_path, "other")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    identity = {
        "expired": lambda: authority.issue("127.0.0.1", timedelta(hours=-1)),
        "other address": lambda: authority.issue("127.0.0.2"),
        "other authority": lambda: other.issue("127.0.0.1"),
    }[fault]()
    with serving(tls=server_context(identity)) as server:
        client = client_of(server.url.replace("http:", "https:"))
        with closing(client), pytest.raises(CallFailedError) as failure:
            client.call(ASK)
    assert (failure.value.outcome, failure.value.code) == (Outcome.BLOCKED, "certificate")
    assert "is not trusted, has expired, or is for another name; the call was not sent." in str(failure.value)
    assert server.requests == []
