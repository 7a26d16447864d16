"""Pages of errors. They need no database, since it may be the part that is away."""

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse

from operations.stale_forms import StaleField
from web.console.pages import render

TITLES = {
    HTTPStatus.UNAUTHORIZED: "Not signed in",
    HTTPStatus.FORBIDDEN: "Not allowed",
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.CONFLICT: "Not done",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Something is wrong with the input",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many tries",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database is away",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A fault in Crossdock",
}


def error_page(request: Request, status: int, sentence: str, difference: tuple[StaleField, ...] = ()) -> HTMLResponse:
    """Return the page, or for a request of htmx the notice alone."""
    status = HTTPStatus(status)
    template = "error_notice.html" if "hx-request" in request.headers else "error.html"
    title = TITLES.get(status, status.phrase)
    values = {"status": status, "title": title, "sentence": sentence, "difference": difference}
    return HTMLResponse(render(request, template, **values), status)
