"""The time of a call holds in every phase of it, however a server spends it."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Barrier, Event, Thread
from time import monotonic

import pytest

from gateways.errors import CallFailedError
from gateways.http.authentication import AccessToken, TokenSource
from gateways.http.call import Call
from gateways.http.client import Conditions, HttpClient
from gateways.http.no_reply import Limits
from gateways.http.outcome import Outcome
from gateways.http.problem import Problem
from tests.events.rabbitmq.tls import CertificateAuthority, server_context
from tests.gateways.http.server import Received, Respond, answer, serving
from tests.harness import SOON, eventually

CREATE = Call("create", "POST", "/", body={})
LIMITS = Limits(connect=1.0, receive=1.0, total=1.0)
LONG = 30.0
"""Seconds after which a call has surely not kept its time; it is tried four times at most."""

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
TLS_RECORD = b"\x16\x03\x03\x40\x00"
"""The head of a TLS record of 16 KiB in the handshake."""


def dripping(begin: bytes, drip: bytes, pause: float = 0.05) -> Respond:
    """Answer with *begin*, and then with *drip* again and again, until the client has gone."""

    def respond(_: Received, connection: socket.socket) -> None:
        connection.sendall(begin)
        while not Event().wait(pause):
            connection.sendall(drip)

    return respond


@pytest.fixture
def failure_at() -> Callable[..., CallFailedError]:
    """Return a function that makes a call to an address and returns its failure."""

    def fail(url: str, limits: Limits = LIMITS) -> CallFailedError:
        began = monotonic()
        client = HttpClient("commerce", url, conditions=Conditions(2, limits))
        with closing(client), pytest.raises(CallFailedError) as failure:
            client.call(CREATE)
        assert monotonic() - began < SOON
        return failure.value

    return fail


@pytest.mark.parametrize(
    "respond",
    [
        pytest.param(dripping(b"", b"H"), id="status line"),
        pytest.param(dripping(HEAD + b"x: ", b"y"), id="one header"),
        pytest.param(dripping(HEAD, b"x: y\r\n"), id="headers"),
        pytest.param(dripping(CHUNKED, b"0"), id="chunk size"),
        pytest.param(dripping(CHUNKED + b"ffff\r\n", b" "), id="chunk"),
        pytest.param(dripping(CHUNKED, b"1\r\n \r\n"), id="chunks"),
        pytest.param(dripping(CHUNKED + b"0\r\n", b"x: y\r\n"), id="trailer"),
        pytest.param(dripping(HEAD + b"Content-Length: 99999\r\n\r\n", b" "), id="body"),
        pytest.param(dripping(HEAD + b"\r\n", b" "), id="body without a length"),
        pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="interim answers"),
        pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500, 0.0), id="a flood of interim answers"),
        pytest.param(dripping(CHUNKED + b"0\r\n", b"x: y\r\n" * 500, 0.0), id="a flood of trailers"),
    ],
)
def test_an_answer_that_drips_ends_with_the_time_of_the_call(
    failure_at: Callable[..., CallFailedError], respond: Respond
) -> None:
    with serving(respond) as server:
        failure = failure_at(server.url)
    assert (failure.outcome, failure.code) == (Outcome.TRY_LATER, "timeout")
    assert "Its answer was not there within 1 seconds." in str(failure)
    assert len(server.requests) == 1  # it may have been carried out


def test_an_answer_that_drips_over_tls_ends_with_the_time_of_the_call(
    failure_at: Callable[..., CallFailedError], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = CertificateAuthority(tmp_path, "authority")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    with serving(dripping(HEAD + b"x: ", b"y"), server_context(authority.issue("127.0.0.1"))) as server:
        failure = failure_at(server.url.replace("http:", "https:"), Limits(LONG / 2, LONG / 2, LONG / 2))
    assert (failure.code, len(server.requests)) == ("timeout", 1)


@pytest.fixture
def dripping_tcp() -> Iterator[Callable[[bytes, bytes], int]]:
    """Return a function that opens a port, where an answer is a beginning and then one byte after the other."""
    stop, threads = Event(), []

    def drip(listener: socket.socket, begin: bytes, byte: bytes) -> None:
        listener.settimeout(0.05)
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                try:
                    connection.recv(65536)
                    connection.sendall(begin)
                    while not stop.wait(0.05):
                        connection.sendall(byte)
                except OSError:
                    continue
        listener.close()

    def opened(begin: bytes, byte: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        threads.append(Thread(target=drip, args=(listener, begin, byte)))
        threads[-1].start()
        return int(listener.getsockname()[1])

    yield opened
    stop.set()
    for thread in threads:
        thread.join()


def test_a_handshake_that_drips_ends_and_its_call_was_not_sent(
    failure_at: Callable[..., CallFailedError], dripping_tcp: Callable[[bytes, bytes], int]
) -> None:
    failure = failure_at(f"https://127.0.0.1:{dripping_tcp(TLS_RECORD, b'0')}")
    assert (failure.outcome, failure.code) == (Outcome.TRY_LATER, "timeout")
    assert "It took no connection within 1 seconds." in str(failure)


def test_a_proxy_that_drips_ends_with_the_time_of_the_call(
    failure_at: Callable[..., CallFailedError],
    dripping_tcp: Callable[[bytes, bytes], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{dripping_tcp(b'HTTP/1.1 200 OK', b' ')}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    failure = failure_at("https://shop.example.com")
    assert (failure.outcome, failure.code) == (Outcome.TRY_LATER, "timeout")


def test_a_name_whose_look_up_hangs_ends_and_its_call_was_not_sent(
    failure_at: Callable[..., CallFailedError], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(2 * SOON) and [])
    try:
        failure = failure_at("http://shop.example.com")
    finally:
        answered.set()
    assert (failure.outcome, failure.code) == (Outcome.TRY_LATER, "timeout")
    assert "It took no connection within 1 seconds." in str(failure)


@contextmanager
def full_port() -> Iterator[int]:
    """Give a port that takes no connection and refuses none, as one behind a firewall."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_an_address_that_takes_no_connection_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with full_port() as full, serving() as server:
        ports = full, int(server.url.rpartition(":")[2])
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        limits = Limits(connect=4.0, receive=LONG, total=LONG)
        with closing(HttpClient("commerce", "http://shop.example.com", conditions=Conditions(2, limits))) as client:
            assert client.call(CREATE).status == 200


def test_an_address_that_takes_no_connection_ends_the_call(failure_at: Callable[..., CallFailedError]) -> None:
    with full_port() as full:
        failure = failure_at(f"http://127.0.0.1:{full}")
    assert (failure.code, "took no connection within" in str(failure)) == ("timeout", True)


def test_a_call_waits_for_a_free_connection_only_so_long() -> None:
    limits = Limits(connect=LONG, receive=3.0, total=LONG)
    with serving(dripping(HEAD + b"\r\n", b" ", 0.01)) as server:
        client = HttpClient("commerce", server.url, conditions=Conditions(1, limits))
        with closing(client):
            client.submit(client.call, CREATE)
            eventually(lambda: len(server.requests) == 1, "the first call has the connection")
            with pytest.raises(CallFailedError) as failure:
                client.call(CREATE)
            assert (failure.value.outcome, failure.value.code) == (Outcome.TRY_LATER, "busy")
            assert len(server.requests) == 1


def test_a_call_that_drips_holds_up_no_other() -> None:
    respond = dripping(HEAD, b"x: y\r\n", 0.01)

    def drip_slow_calls(received: Received, connection: socket.socket) -> None:
        (respond if received.target == "/slow" else answer(200, "{}"))(received, connection)

    limits = Limits(connect=LONG, receive=LONG, total=LONG)
    with serving(drip_slow_calls) as server:
        client = HttpClient("commerce", server.url, conditions=Conditions(2, limits))
        with closing(client):
            slow = client.submit(client.call, Call("wait", "GET", "/slow"))
            quick = [client.submit(client.call, CREATE).result(LONG).status for _ in range(5)]
            assert (quick, slow.done()) == ([200] * 5, False)


def test_a_sign_in_that_hangs_fails_once_for_all_who_wait_for_it() -> None:
    waiting, release, tries = Barrier(9), Event(), []

    def hang() -> AccessToken:
        tries.append(1)
        release.wait(LONG)
        raise CallFailedError("no", Outcome.TRY_LATER, Problem("timeout", "no"))

    source = TokenSource(hang)

    def ask() -> str:
        waiting.wait(LONG)
        return source.value()

    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(ask) for _ in range(8)]
        waiting.wait(LONG)
        eventually(lambda: len(tries) == 1, "one of them signs in")
        release.set()
        failed = [isinstance(future.exception(LONG), CallFailedError) for future in asked]
    assert (failed, len(tries) < 8) == ([True] * 8, True)
