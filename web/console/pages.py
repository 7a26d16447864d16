"""Pages from templates, with the parts of each: navigation, system message, the notice of the last action."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from operations.context import Context
from operations.system_message import show_system_message
from schemas.people import Permission, Person
from web.console import template_filters
from web.console.navigation import is_current, navigation_for
from web.console.static_files import static_url
from web.security import cookies
from web.security.csrf import FIELD, HEADER, csrf_token

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=template_filters.shown,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals.update(static_url=static_url, is_current=is_current, Permission=Permission, CSRF_HEADER=HEADER)
template_filters.register(TEMPLATES)


def page(
    request: Request, context: Context, person: Person, template: str, *, status: int = HTTPStatus.OK, **values: Any
) -> HTMLResponse:
    """Return a page of a signed-in person. Its template extends `layout.html` and gets *values*.

    Every template has: `request`, `person`, `may(permission)`, `url_with(page=2)` (this address with another query),
    and the macros of `macros.html`.
    """
    common = {
        "person": person,
        "may": person.may,
        "sections": navigation_for(person),
        "system_message": show_system_message(context),
        "notice": cookies.notice(request),
    }
    response = HTMLResponse(render(request, template, **common, **values), status)
    if common["notice"]:
        cookies.end_notice(response)
    return response


def fragment(request: Request, template: str, person: Person, **values: Any) -> HTMLResponse:
    """Return a part of a page, for htmx to put into it."""
    return HTMLResponse(render(request, template, person=person, may=person.may, **values))


def render(request: Request, template: str, **values: Any) -> str:
    """Render a template that needs no person and no database."""
    basics = {
        "request": request,
        "path": request.url.path,
        "csrf_field": FIELD,
        "csrf_token": csrf_token(request),
        "url_with": lambda **changes: url_with(request, changes),
    }
    return TEMPLATES.get_template(template).render(**basics, **values)


def url_with(request: Request, changes: Mapping[str, object]) -> str:
    """Return the page's address with other query parameters; None or "" removes one, a list gives several."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changes]
    new = [
        (name, str(one))
        for name, value in changes.items()
        for one in (value if isinstance(value, list | tuple) else [value])
        if one not in {None, ""}
    ]
    return request.url.path + (f"?{urlencode(kept + new)}" if kept + new else "")


def redirect(request: Request, url: str, notice: str = "") -> RedirectResponse:
    """Lead to another page after a change, which shows *notice*."""
    response = RedirectResponse(url, HTTPStatus.SEE_OTHER)
    if notice:
        cookies.set_notice(request, response, notice)
    return response
