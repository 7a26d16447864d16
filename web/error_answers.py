"""Answers to errors: a page for people, `{"error": …}` for programs; both with one sentence and a fitting status."""

from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from operations.stale_forms import StaleFormError
from schemas.errors import CrossdockError
from schemas.safe_errors import location, stack
from web.api import methods_at
from web.api.errors import answer_error, answer_status, answer_wrong_fields
from web.console.error_pages import error_page
from web.errors import SignInNeededError
from web.statuses import status_of

log = structlog.get_logger(__name__)

RETRY_AFTER = 5
"""Seconds after which a page whose database is away loads itself again."""


def register(app: FastAPI) -> None:
    """Answer the errors of all handlers."""
    app.add_exception_handler(CrossdockError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_fault)


def is_api(request: Request) -> bool:
    """Whether a program asks."""
    return request.url.path.startswith("/api/")


def _of_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, CrossdockError)  # noqa: S101 - as registered
    if isinstance(error, SignInNeededError) and not is_api(request):
        return _to_sign_in(request)
    status = status_of(error)
    if is_api(request):
        response: Response = answer_error(request, error, status)
    else:
        difference = error.fields if isinstance(error, StaleFormError) else ()
        response = error_page(request, status, str(error), difference)
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        wait = getattr(error, "retry_after", None) or RETRY_AFTER
        response.headers["Retry-After"] = str(int(wait))
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _to_sign_in(request: Request) -> Response:
    """Lead to the sign-in page, and from it back to the page that was asked for."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/sign-in?{urlencode({'next': back})}" if request.method == "GET" and back != "/" else "/sign-in"
    if "hx-request" in request.headers:  # a redirect would put the sign-in page into a part of this one
        return Response(status_code=HTTPStatus.OK, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)


def _of_validation(request: Request, error: Exception) -> Response:
    """Name the wrong fields. The values are not repeated: they may be personal data."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as registered
    if is_api(request):
        return answer_wrong_fields(error.errors())
    sentences = [
        f"{'.'.join(map(str, problem['loc'][1:])) or problem['loc'][0]}: {problem['msg']}."
        for problem in error.errors()
    ]
    return error_page(request, HTTPStatus.UNPROCESSABLE_ENTITY, " ".join(sentences), ())


def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as registered
    status = HTTPStatus(error.status_code)
    sentence = "There is no such page." if status is HTTPStatus.NOT_FOUND else f"{status.description or status.phrase}."
    response = _answer(request, status, sentence)
    response.headers.update(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED and is_api(request):
        response.headers["Allow"] = ", ".join(sorted(methods_at(request.url.path)))
    return response


def _of_fault(request: Request, error: Exception) -> Response:
    """Log a fault of ours without its text, which may repeat personal data."""
    route = getattr(request.scope.get("route"), "path", "?")
    log.error("request failed", route=route, error=location(error), stack=stack(error))
    sentence = "This is a fault in Crossdock. Its log has the place; the page's address may lead to it."
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, sentence)


def _answer(request: Request, status: HTTPStatus, sentence: str) -> Response:
    return answer_status(status, sentence) if is_api(request) else error_page(request, status, sentence, ())
