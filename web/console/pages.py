"""Pages from templates, with the parts of each: navigation, system message, the notice of the last action."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request
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

AFTER, BACK, FIRST = "after", "back", "first"
"""Parameters of the address of a list: the token of the page, those of the pages before it, and the first one's."""

MAX_BACK = 20
"""Pages that can be gone back one by one; with more, the address would grow too long for some servers between."""

After = Annotated[str | None, Query(max_length=2000)]
"""A parameter of a handler of a list: the token of the page, in its address; None for the first page."""


def page(
    request: Request, context: Context, person: Person, template: str, *, status: int = HTTPStatus.OK, **values: Any
) -> HTMLResponse:
    """Return a page of a signed-in person. Its template extends `layout.html` and gets *values*.

    Every template has: `request`, `person`, `may(permission)`, `url_with(state="open")` (this address with another
    query), and the macros of `macros.html`.
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
        "pager_links": lambda following: pager_links(request, following),
    }
    return TEMPLATES.get_template(template).render(**basics, **values)


def url_with(request: Request, changes: Mapping[str, object]) -> str:
    """Return the page's address with other query parameters; None or "" removes one, a list gives several.

    Where the page of a list is another one, the way back from this one is left out.
    """
    if AFTER in changes:
        changes = {**changes, BACK: changes.get(BACK)}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changes]
    new = [
        (name, str(item))
        for name, value in changes.items()
        for item in (value if isinstance(value, list | tuple) else [value])
        if item not in {None, ""}
    ]
    return request.url.path + (f"?{urlencode(kept + new)}" if kept + new else "")


def pager_links(request: Request, following: str | None) -> dict[str, str | None]:
    """Return the addresses of a list's first, previous and next page by their relation, None where there is none.

    A token says where the next page begins, not where this one began: the address keeps the latest pages before it.
    """
    here, back = request.query_params.get(AFTER, ""), request.query_params.getlist(BACK)
    return {
        "first": url_with(request, {AFTER: ""}) if here else None,
        "prev": url_with(request, {AFTER: "" if back[-1] == FIRST else back[-1], BACK: back[:-1]}) if back else None,
        "next": url_with(request, {AFTER: following, BACK: [*back, here or FIRST][-MAX_BACK:]}) if following else None,
    }


def redirect(request: Request, url: str, notice: str = "") -> RedirectResponse:
    """Lead to another page after a change, which shows *notice*."""
    response = RedirectResponse(url, HTTPStatus.SEE_OTHER)
    if notice:
        cookies.set_notice(request, response, notice)
    return response
