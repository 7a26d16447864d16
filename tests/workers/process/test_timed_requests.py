"""A request that does not arrive whole in its time ends its connection, and holds nothing any more."""

from collections.abc import Iterator
from socket import IPPROTO_TCP, TCP_NODELAY
from threading import Event, Thread

import httpx2
import pytest
from fastapi import FastAPI, Request

from intake.server import IntakeServer
from tests.servers.dripping import held_open
from workers.process.timed_requests import TimedRequests

POST = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a head 0.3 s to arrive, and a body 0.6 s."""
    monkeypatch.setattr(TimedRequests, "head_seconds", 0.3)
    monkeypatch.setattr(TimedRequests, "body_seconds", 0.6)


@pytest.fixture
def port() -> Iterator[int]:
    """Serve an application that answers with the body's length."""
    app = FastAPI()

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    server, stop = IntakeServer(app, "127.0.0.1", 0), Event()
    thread = Thread(target=server.run, args=(stop,))
    thread.start()
    yield server.port
    stop.set()
    thread.join()


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("begin", "drips"),
    [
        pytest.param(b"", b"", id="silence"),
        pytest.param(b"GET /echo HTTP/1.1\r\n", b"X-A: b\r\n", id="headers without end"),
        pytest.param(b"", b"\r\n", id="empty lines"),
        pytest.param(POST, b"x", id="a body byte by byte"),
        pytest.param(POST, b"", id="a body that does not come"),
        pytest.param(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nxG", b"E", id="a second request"),
    ],
)
def test_a_request_without_end_ends_its_connection(port: int, begin: bytes, drips: bytes) -> None:
    assert not held_open(port, begin, drips)


def test_whole_requests_over_one_connection_are_answered(port: int) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert [client.post("/echo", content=b"x" * size).json() for size in (1, 200_000, 0)] == [1, 200_000, 0]


def test_answers_do_not_wait_for_acknowledgements(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    receive, options = TimedRequests.data_received, []

    def look_and_receive(protocol: TimedRequests, data: bytes) -> None:
        options.append(protocol.transport.get_extra_info("socket").getsockopt(IPPROTO_TCP, TCP_NODELAY))
        receive(protocol, data)

    monkeypatch.setattr(TimedRequests, "data_received", look_and_receive)
    assert httpx2.post(f"http://127.0.0.1:{port}/echo", content=b"x").json() == 1
    assert options
    assert all(options)
