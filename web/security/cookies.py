"""The cookies: the session's secret, that of a sign-in under way, and a notice for the next page."""

from datetime import timedelta
from urllib.parse import quote, unquote

from fastapi import Request, Response

SESSION = "crossdock_session"
SIGN_IN = "crossdock_sign_in"
NOTICE = "crossdock_notice"


def _set(request: Request, response: Response, name: str, value: str, lasts: timedelta) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",  # `strict` would show the sign-in page to people who follow a shared link
    )


def session_secret(request: Request) -> str | None:
    """Return the secret of the browser's session."""
    return request.cookies.get(SESSION)


def set_session(request: Request, response: Response, secret: str, lasts: timedelta) -> None:
    """Give the browser its session."""
    _set(request, response, SESSION, secret, lasts)


def end_session(response: Response) -> None:
    """Let the browser forget its session."""
    response.delete_cookie(SESSION)


def sign_in_secret(request: Request) -> str | None:
    """Return the secret of the sign-in that the browser has started at an identity provider."""
    return request.cookies.get(SIGN_IN)


def set_sign_in(request: Request, response: Response, secret: str, lasts: timedelta) -> None:
    """Give the browser the secret of the sign-in that it starts."""
    _set(request, response, SIGN_IN, secret, lasts)


def end_sign_in(response: Response) -> None:
    """Let the browser forget the sign-in."""
    response.delete_cookie(SIGN_IN)


def set_notice(request: Request, response: Response, sentence: str) -> None:
    """Let the next page show a sentence, such as the result of an action."""
    _set(request, response, NOTICE, quote(sentence), timedelta(minutes=1))


def notice(request: Request) -> str | None:
    """Return the sentence to show."""
    value = request.cookies.get(NOTICE)
    return unquote(value) if value else None


def end_notice(response: Response) -> None:
    """Show the sentence no second time."""
    response.delete_cookie(NOTICE)
