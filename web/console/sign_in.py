"""Signing in and out."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from operations.people import sign_in as people
from operations.people.sign_in import NewSession, SignInRefusedError, TooManyTriesError
from schemas.errors import CrossdockError
from web.console.pages import redirect, render
from web.context import Ctx, Provider, provider_of
from web.security import cookies
from web.statuses import status_of

router = APIRouter()


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "/", out: bool = False) -> HTMLResponse:  # noqa: A002 - the usual name
    """Ask for name and password, and offer the identity provider; *out*: it signed the person in who signed out."""
    return sign_in_page(request, local(next), signed_out=out)


@router.post("/sign-in")
def sign_in(
    request: Request,
    context: Ctx,
    name: Annotated[str, Form(max_length=256)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    target: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Begin a session, and lead to the page that was asked for."""
    try:
        session = people.sign_in(context, name.strip(), password, address_of(request))
    except (SignInRefusedError, TooManyTriesError) as error:
        return sign_in_page(request, local(target), name, error)
    return begin(request, session, local(target))


@router.get("/sign-in/link/{secret}")
def sign_in_by_link(request: Request, context: Ctx, secret: str) -> Response:
    """Begin the session of a link that works once."""
    return begin(request, people.use_link(context, secret, address_of(request)), "/")


@router.post("/sign-out")
def sign_out(request: Request, context: Ctx, provider: Provider) -> Response:
    """End the session, and offer people of the identity provider to sign out there."""
    secret = cookies.session_secret(request) or ""
    person = people.person_of_session(context, secret)
    people.sign_out(context, secret)
    is_signed_in_there = provider is not None and person is not None and person.is_of_provider
    response = redirect(request, "/sign-in?out=1" if is_signed_in_there else "/sign-in")
    cookies.end_session(response)
    return response


def address_of(request: Request) -> str:
    """Return the address that the request came from; empty where there is none."""
    return request.client.host if request.client else ""


def local(target: str) -> str:
    """Return a page of ours to go to; the home page instead of any other address."""
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_ours else "/"


def begin(request: Request, session: NewSession, target: str) -> RedirectResponse:
    """Give the browser its session, and lead to a page."""
    response = redirect(request, target)
    cookies.set_session(request, response, session.secret, session.lasts)
    return response


def sign_in_page(
    request: Request,
    target: str = "/",
    name: str = "",
    error: CrossdockError | None = None,
    *,
    signed_out: bool = False,
) -> HTMLResponse:
    """Return the page; *error* is why the last try failed."""
    values = {"target": target, "name": name, "error": str(error or ""), "signed_out": signed_out}
    provider = provider_of(request)
    words = render(request, "sign_in.html", provider=provider and provider.name, **values)
    return HTMLResponse(words, status_of(error) if error else HTTPStatus.OK)
