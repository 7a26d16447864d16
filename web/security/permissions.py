"""The person who asks, and their permission: `person: Annotated[Person, Depends(may(Permission.READ))]`."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from operations.context import Context
from operations.people.api_tokens import RoleNotConfirmedError, person_of_token
from operations.people.sign_in import person_of_session
from schemas.people import Permission, Person
from web.context import Ctx
from web.errors import ForbiddenError, SignInNeededError
from web.security.cookies import session_secret


def current_person(request: Request, context: Ctx) -> Person:
    """Return who asks: in the API the bearer of a token, else the session's user. Raises SignInNeededError."""
    if request.url.path.startswith("/api/"):
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        person = _person_of_token(context, secret.strip()) if scheme.lower() == "bearer" else None
        sentence = "Send a valid API token as `Authorization: Bearer …`; `crossdock tokens create` makes one."
    else:
        session = session_secret(request)
        person = person_of_session(context, session) if session else None
        sentence = "Sign in first."
    if person is None:
        raise SignInNeededError(sentence)
    request.state.person = person
    return person


def _person_of_token(context: Context, secret: str) -> Person | None:
    try:
        return person_of_token(context, secret)
    except RoleNotConfirmedError as error:
        raise SignInNeededError(str(error)) from None


CurrentPerson = Annotated[Person, Depends(current_person)]


def may(permission: Permission) -> Callable[[Person], Person]:
    """Return a dependency that gives the person. Raises SignInNeededError, ForbiddenError."""

    def check(person: CurrentPerson) -> Person:
        if not person.may(permission):
            words = permission.value.replace("_", " ")
            raise ForbiddenError(f"{person.name} may not {words} with the role {person.role.value} or this token.")
        return person

    return check


Reader = Annotated[Person, Depends(may(Permission.READ))]
"""A parameter of a handler that everybody with an account may call."""
