"""The transport of the HTTP client: connections kept between calls, replaced when dropped, through a proxy."""

import socket
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from gateways.errors import CallFailedError
from gateways.http.call import Call
from gateways.http.client import Conditions, HttpClient
from gateways.http.no_reply import Limits
from gateways.http.outcome import Outcome
from tests.events.rabbitmq.tls import CertificateAuthority, server_context
from tests.gateways.http.server import Received, answer, serving

ASK, CREATE, LIMIT = Call("ask", "GET", "/"), Call("create", "POST", "/", body={}), 30.0
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
            client.call(CREATE)  # which would not be repeated
            assert dropped.wait(LIMIT)


def test_work_under_way_makes_its_other_calls_though_the_client_was_closed() -> None:
    with serving(answer(200, "[1]")) as server:
        client = client_of(server.url)
        client.call(ASK)
        client.close()
        assert client.call(ASK).data == [1]
        client.close()


def test_calls_to_two_hosts_in_turn_reach_each() -> None:
    with (
        serving(answer(200, "[1]")) as first,
        serving(answer(200, "[2]")) as second,
        closing(client_of(first.url)) as client,
    ):
        other = Call("ask", "GET", f"{second.url}?page=2#end")
        found = [client.call(call).data for call in (ASK, other, ASK)]
    assert found == [[1], [2], [1]]
    assert [received.target for received in second.requests] == ["/?page=2"]


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
            client.call(CREATE)
    assert failure.value.code == "connection"


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        (403, Outcome.BLOCKED, "proxy"),
        (407, Outcome.BLOCKED, "proxy"),
        (502, Outcome.TRY_LATER, "unreachable"),
        (504, Outcome.TRY_LATER, "unreachable"),
    ],
)
def test_https_goes_through_the_proxy_of_the_environment_whose_refusals_are_distinguished(
    monkeypatch: pytest.MonkeyPatch, status: int, outcome: Outcome, code: str
) -> None:
    with serving(answer(status)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//crossdock:se%20cret@"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with closing(client_of("https://shop.example.com")) as client, pytest.raises(CallFailedError) as failure:
            client.call(CREATE)
        asked = proxy.requests[0]
    assert (asked.method, asked.target) == ("CONNECT", "shop.example.com:443")
    assert asked.headers["proxy-authorization"] == "Basic Y3Jvc3Nkb2NrOnNlIGNyZXQ="
    assert (failure.value.outcome, failure.value.code) == (outcome, code)
    assert f"HTTP {status}" in str(failure.value)
    assert "cret" not in str(failure.value)


def test_a_proxy_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with closing(client_of("https://shop.example.com")) as client, pytest.raises(CallFailedError) as failure:
        client.call(CREATE)
    assert (failure.value.code, "The proxy took no connection" in str(failure.value)) == ("unreachable", True)


def test_a_call_whose_answer_is_lost_behind_a_proxy_is_not_made_twice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = CertificateAuthority(tmp_path, "authority")
    context = server_context(authority.issue("203.0.113.1"))
    tunnels: list[bytes] = []

    def lose_answer(_: Received, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as shop:
            tunnels.append(shop.recv(65536))

    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(lose_answer) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with closing(client_of("https://203.0.113.1")) as client, pytest.raises(CallFailedError) as failure:
            client.call(CREATE)
    assert [sent.split(b"\r\n")[0] for sent in tunnels] == [b"POST / HTTP/1.1"]
    assert failure.value.code == "connection"


def test_a_connection_that_breaks_while_tls_begins_is_tried_later() -> None:
    def accept_and_close(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Thread(target=accept_and_close, args=(listener,))
        server.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with closing(client_of(url)) as client, pytest.raises(CallFailedError) as failure:
            client.call(CREATE)
        server.join()
    assert (failure.value.outcome, failure.value.code) == (Outcome.TRY_LATER, "connection")
