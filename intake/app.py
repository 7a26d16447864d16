"""The application: its addresses, and one form of every answer.

POST /events              CloudEvents of publishers                   202, after the broker's confirmation
GET, POST /commerce/events    Adobe I/O events: the challenge, deliveries   200, after they are recorded
POST /commerce/webhook    the shop's own webhook                      200
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, PlainTextResponse

from events.bus import Bus
from events.errors import UnpublishableMessageError
from intake.bodies import read_body
from intake.cloud_events import checked_messages, read_request, size_limit
from intake.commerce import BODY_LIMIT, IoEvents, ShopWebhook
from intake.errors import RequestRefusedError
from intake.publishers import publisher_of
from ledger.ledger import Ledger
from schemas.errors import CrossdockError
from schemas.safe_errors import describe, stack

log = structlog.get_logger(__name__)

CONFIRM_TIMEOUT = 6.0
"""Seconds to wait for the broker. Adobe waits ten for the answer; a publisher without one publishes again."""

RETRY_AFTER = "5"

Endpoint = Callable[[Request], Awaitable[Response]]

_CHALLENGE = re.compile(r"[\w.~-]{1,200}")


@dataclass(frozen=True, slots=True)
class IntakeParts:
    """The parts of the application; without `io_events` or `webhook` their addresses do not exist."""

    ledger: Ledger
    bus: Bus
    io_events: IoEvents | None = None
    webhook: ShopWebhook | None = None


def create_app(parts: IntakeParts) -> FastAPI:
    """Return the application."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_exception_handler(404, _no_such_address)
    app.add_exception_handler(405, _wrong_method)
    _add_events(app, parts)
    if parts.io_events:
        _add_challenge(app)
        _add_deliveries(app, "/commerce/events", parts.io_events.take)
    if parts.webhook:
        _add_deliveries(app, "/commerce/webhook", parts.webhook.take)
    return app


def _add_events(app: FastAPI, parts: IntakeParts) -> None:
    async def publish(request: Request) -> Response:
        authorization = request.headers.get("authorization", "")
        publisher = await run_in_threadpool(publisher_of, parts.ledger, authorization)
        body = await read_body(request, size_limit(request.headers))
        messages = checked_messages(read_request(request.headers.items(), body), publisher)
        await run_in_threadpool(lambda: parts.bus.publish(messages).wait(CONFIRM_TIMEOUT))
        return JSONResponse({"accepted": len(messages)}, 202)

    app.add_api_route("/events", _answered(publish), methods=["POST"])


def _add_challenge(app: FastAPI) -> None:
    async def answer_challenge(request: Request) -> Response:
        challenge = request.query_params.get("challenge", "")
        if not _CHALLENGE.fullmatch(challenge):
            raise RequestRefusedError(400, "Adobe's challenge is missing: GET …?challenge=VALUE.")
        return PlainTextResponse(challenge, headers={"X-Content-Type-Options": "nosniff"})

    app.add_api_route("/commerce/events", _answered(answer_challenge), methods=["GET"])


def _add_deliveries(app: FastAPI, path: str, take: Callable[[bytes, Mapping[str, str]], int]) -> None:
    async def deliver(request: Request) -> Response:
        body = await read_body(request, BODY_LIMIT)
        return JSONResponse({"accepted": await run_in_threadpool(take, body, request.headers)})

    app.add_api_route(path, _answered(deliver), methods=["POST"])


def _answered(endpoint: Endpoint) -> Endpoint:
    """Have an endpoint's errors answered; the framework would log the text of an unexpected one."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except RequestRefusedError as error:
            return _refusal(error)
        except UnpublishableMessageError as error:
            return _answer(422, str(error))
        except CrossdockError as error:
            log.warning("request rejected", reason=str(error))
            sentence = "Nothing was taken: the broker, the database or Adobe's key server is not available."
        except Exception as error:  # noqa: BLE001 - the sender has to send it again
            log.error("request failed", error=describe(error), stack=stack(error))  # noqa: TRY400
            sentence = "Nothing was taken, for a fault of Crossdock's; its log has it."
        return _answer(503, f"{sentence} Send it again.", {"Retry-After": RETRY_AFTER})

    return answer


def _refusal(error: RequestRefusedError) -> Response:
    log.info("request refused", status=error.status, reason=str(error))
    # The rest of a body that was not read would be taken for the next request.
    headers = {"Connection": "close"} if error.status in (401, 408, 413) else {}
    return _answer(error.status, str(error), headers | ({"WWW-Authenticate": "Bearer"} if error.status == 401 else {}))


def _answer(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": sentence}, status, headers)


async def _no_such_address(_request: Request, _error: Exception) -> Response:
    return _answer(404, "There is no such address; publishers send events to /events.")


async def _wrong_method(_request: Request, _error: Exception) -> Response:
    return _answer(405, "This address takes no requests of this method; publishers send events by POST.")
