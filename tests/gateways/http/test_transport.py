"""The transport of the HTTP client: connections kept between calls, replaced when dropped, through a proxy."""

import socket
from contextlib import closing
from threading import Event

import pytest

from gateways.errors import CallFailedError
from gateways.http.call import Call
from gateways.http.client import Conditions, HttpClient
from gateways.http.transport import Limits
from tests.gateways.http.server import Received, answer, serving

ASK, LIMIT = Call("ask", "GET", "/"), 30.0
LIMITS = Limits(connect=LIMIT, receive=LIMIT, total=LIMIT)


def client_of(url: str) -> HttpClient:
    return HttpClient("commerce", url, conditions=Conditions(2, LIMITS))


def test_a_connection_is_kept_for_the_next_call() -> None:
    ports = []

    def note_port(received: Received, connection: socket.socket) -> None:
        ports.append(connection.getpeername()[1])
        answer(200, "{}")(received, connection)

    with serving(note_port) as server, closing(client_of(server.url)) as client:
        for _ in range(3):
            client.call(ASK)
    assert len(set(ports)) == 1


def test_a_connection_that_the_server_has_dropped_is_replaced() -> None:
    dropped = Event()

    def drop_after_answer(received: Received, connection: socket.socket) -> None:
        answer(200, "{}")(received, connection)
        connection.shutdown(socket.SHUT_RDWR)
        dropped.set()

    with serving(drop_after_answer) as server, closing(client_of(server.url)) as client:
        for _ in range(3):
            dropped.clear()
            client.call(Call("create", "POST", "/", body={}))  # which would not be repeated
            assert dropped.wait(LIMIT)


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    def answer_and_close(_: Received, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n[1]")
        connection.shutdown(socket.SHUT_RDWR)

    with serving(answer_and_close) as server, closing(client_of(server.url)) as client:
        assert [client.call(ASK).data for _ in range(2)] == [[1], [1]]


def test_an_answer_in_chunks_is_read_whole_and_one_that_ends_early_is_not_taken() -> None:
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    chunks = [b"2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n", b"2\r\n[1\r\n"]

    def answer_in_chunks(_: Received, connection: socket.socket) -> None:
        connection.sendall(head + chunks[0])
        if chunks.pop(0).endswith(b"[1\r\n"):
            connection.shutdown(socket.SHUT_RDWR)

    with serving(answer_in_chunks) as server, closing(client_of(server.url)) as client:
        assert client.call(ASK).data == [1]
        with pytest.raises(CallFailedError) as failure:
            client.call(Call("create", "POST", "/", body={}))
    assert failure.value.code == "connection"


def test_https_goes_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer(403)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//crossdock:se%20cret@"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with closing(client_of("https://shop.example.com")) as client, pytest.raises(CallFailedError) as failure:
            client.call(Call("create", "POST", "/V1/orders", body={}))
        (asked,) = proxy.requests[:1]
    assert (asked.method, asked.target) == ("CONNECT", "shop.example.com:443")
    assert asked.headers["proxy-authorization"] == "Basic Y3Jvc3Nkb2NrOnNlIGNyZXQ="
    assert "cret" not in str(failure.value)
