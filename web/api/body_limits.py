"""The limit on bodies of the API's requests: a larger one is refused before it is in memory."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.input_limits import DOCUMENT_BYTES, MIB
from web.api.errors import answer_status

BODY_BYTES = 2 * MIB
"""Of a request: a corrected message of at most 1 MiB, as a text in JSON."""

FILES = frozenset({"/api/v1/events", "/api/v1/product-imports"})
"""Requests whose body is a file, which may have DOCUMENT_BYTES."""


class BodyLimits:
    """ASGI middleware that counts the bytes of a body, also where its headers state fewer."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap *app*."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        limit = DOCUMENT_BYTES if scope["path"] in FILES else BODY_BYTES
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_large(limit))
            return message

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            await answer_status(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_large(limit))(scope, receive, send)
            return
        await self._app(scope, receive_within_limit, send)


def too_large(limit: int) -> str:
    """Return the sentence of the refusal."""
    return f"The body has more than {limit:,} bytes, the limit; send it in several requests."
