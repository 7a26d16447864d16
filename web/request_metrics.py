"""Metrics of requests: how many, by route and status, and how long each waited for its answer."""

from collections.abc import Callable
from http import HTTPStatus
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CountRequest = Callable[[str, str, str, float], None]
"""Counts a request: its method, its route, its status, and the seconds until its answer began."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
"""The label of a method, or of a route, that is none of ours: a caller may invent as many as it likes."""


class RequestMetrics:
    """ASGI middleware that counts each request when its answer begins: the stream of a page lasts for hours."""

    def __init__(self, app: ASGIApp, count: CountRequest) -> None:
        """Wrap *app*; report each request to *count*."""
        self._app = app
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request. One without an answer is not counted: its client is gone."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, answered = perf_counter(), False

        def answer(status: int) -> None:
            nonlocal answered
            answered = True
            self._count(_method(scope), _route(scope), str(int(status)), perf_counter() - begun)

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        except Exception:
            if not answered:  # the server's outermost layer will
                answer(HTTPStatus.INTERNAL_SERVER_ERROR)
            raise


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else OTHER


def _route(scope: Scope) -> str:
    """Return the route's template, such as `/orders/{order_id}`; an order's own number is no label."""
    return getattr(scope.get("route"), "path", OTHER)
