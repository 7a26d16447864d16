"""Signing in by the identity provider: to its page, back from it, and out of it."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from operations.errors import NotFoundError
from operations.people import provider_sign_in as people
from operations.people.provider_sign_in import SIGN_IN_LASTS, Answer, IdentityProvider, ProviderAwayError
from operations.people.sign_in import SignInRefusedError, TooManyTriesError
from web.console.sign_in import address_of, begin, local, sign_in_page
from web.context import Ctx, Provider
from web.security import cookies

router = APIRouter(prefix="/sign-in/oidc")


@router.get("")
def start(request: Request, context: Ctx, provider: Provider, next: str = "/") -> Response:  # noqa: A002 - the usual name
    """Lead to the provider's page."""
    try:
        started = people.start_sign_in(context, _configured(provider), local(next), address_of(request))
    except (TooManyTriesError, ProviderAwayError) as error:
        return sign_in_page(request, local(next), error=error)
    response = RedirectResponse(started.url, 303)
    cookies.set_sign_in(request, response, started.secret, SIGN_IN_LASTS)
    return response


@router.get("/callback")
def finish(
    request: Request, context: Ctx, provider: Provider, state: str = "", code: str = "", error: str = "", iss: str = ""
) -> Response:
    """Begin the session of the person whom the provider signed in, and lead to the page that was asked for."""
    answer = Answer(cookies.sign_in_secret(request), state, code, error, iss)
    try:
        session, target = people.finish_sign_in(context, _configured(provider), answer, address_of(request))
        response: Response = begin(request, session, local(target))
    except (SignInRefusedError, TooManyTriesError, ProviderAwayError) as failure:
        response = sign_in_page(request, error=failure)
    cookies.end_sign_in(response)
    return response


@router.get("/sign-out")
def sign_out(request: Request, context: Ctx, provider: Provider) -> Response:
    """Lead to the provider's page that ends the person's session there."""
    try:
        url = people.sign_out_address(context, _configured(provider), address_of(request))
    except (TooManyTriesError, ProviderAwayError) as error:
        return sign_in_page(request, error=error)
    return RedirectResponse(url or "/sign-in", 303)


def _configured(provider: IdentityProvider | None) -> IdentityProvider:
    if provider is None:
        raise NotFoundError("No identity provider signs people in here.")
    return provider
