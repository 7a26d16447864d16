"""Serving a simulator over HTTP on loopback, in a thread."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from socket import AF_INET, IPPROTO_TCP, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket
from typing import Any, Protocol

import uvicorn

from gateways.simulator.traffic import HttpAnswer, HttpRequest

LOOPBACK = "127.0.0.1"
GRACE = 1
"""Seconds that the end of serving waits for calls under way; one that hangs is cut off."""

NO_CONTENT = 204

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class AnswersHttp(Protocol):
    """A simulator: answers one request after the other, and says how long that takes and whether the answer is lost."""

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer a request."""
        ...


class SimulatorApp:
    """The ASGI application of a simulator."""

    def __init__(self, simulator: AnswersHttp) -> None:
        """Serve *simulator*."""
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        answer = self._simulator.answer(await _request_of(scope, receive))
        if answer.delay:
            await asyncio.sleep(answer.delay)
        headers = [] if answer.status == NO_CONTENT else [(b"content-length", b"%d" % len(answer.body))]
        headers += [(b"content-type", answer.content_type.encode())] if answer.content_type else []
        headers += [(name.encode(), value.encode()) for name, value in answer.headers]
        if answer.lost:
            # An answer that ends before its length: the server closes the connection, as a broken network does.
            headers = [(b"content-length", b"1")]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if answer.lost else answer.body})


async def _request_of(scope: Scope, receive: Receive) -> HttpRequest:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    target = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
    headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    return HttpRequest(scope["method"], target, headers, body)


def _server(simulator: AnswersHttp) -> uvicorn.Server:
    config = uvicorn.Config(
        SimulatorApp(simulator),
        host=LOOPBACK,
        port=0,
        lifespan="off",
        log_level="critical",
        access_log=False,
        date_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    return uvicorn.Server(config)


@contextmanager
def served(simulator: AnswersHttp, port: int = 0) -> Iterator[str]:
    """Serve on *port*, or a free one, while the block runs; yields the URL. Raises OSError for one that is taken."""
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)  # by its protocol asyncio knows to send without delay
    with closing(listener):
        listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen()  # a call that comes before the server runs waits
        server = _server(simulator)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10.0)
