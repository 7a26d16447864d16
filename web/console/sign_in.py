"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from operations.people import sign_in as people
from operations.people.sign_in import NewSession, SignInRefusedError, TooManyTriesError
from web.console.pages import redirect, render
from web.context import Ctx
from web.security import cookies
from web.statuses import status_of

router = APIRouter()


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "/") -> HTMLResponse:  # noqa: A002 - the usual name
    """Ask for name and password."""
    return HTMLResponse(render(request, "sign_in.html", target=local(next), name="", error=""))


@router.post("/sign-in")
def sign_in(
    request: Request,
    context: Ctx,
    name: Annotated[str, Form(max_length=256)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    target: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Begin a session, and lead to the page that was asked for."""
    address = request.client.host if request.client else ""
    try:
        session = people.sign_in(context, name.strip(), password, address)
    except (SignInRefusedError, TooManyTriesError) as error:
        words = render(request, "sign_in.html", target=local(target), name=name, error=str(error))
        return HTMLResponse(words, status_of(error))
    return _begin(request, session, local(target))


@router.get("/sign-in/link/{secret}")
def sign_in_by_link(request: Request, context: Ctx, secret: str) -> Response:
    """Begin the session of a link that works once."""
    return _begin(request, people.use_link(context, secret), "/")


@router.post("/sign-out")
def sign_out(request: Request, context: Ctx) -> Response:
    """End the session."""
    if secret := cookies.session_secret(request):
        people.sign_out(context, secret)
    response = redirect(request, "/sign-in")
    cookies.end_session(response)
    return response


def local(target: str) -> str:
    """Return a page of ours to go to; the home page instead of any other address."""
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_ours else "/"


def _begin(request: Request, session: NewSession, target: str) -> RedirectResponse:
    response = redirect(request, target)
    cookies.set_session(request, response, session.secret, session.lasts)
    return response
