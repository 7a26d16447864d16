"""The page of users and API tokens, for admins."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from operations.people import api_tokens, users
from schemas.people import Permission, Person, Role
from web.console.pages import page, redirect
from web.context import Ctx
from web.security.permissions import may

router = APIRouter()

Admin = Annotated[Person, Depends(may(Permission.MANAGE_PEOPLE))]
Password = Annotated[str, Form(max_length=1000)]


@router.get("/people")
def show_people(request: Request, context: Ctx, person: Admin) -> HTMLResponse:
    """Show the users and the API tokens."""
    return _page(request, context, person)


def _page(request: Request, context: Ctx, person: Person, secret: str = "") -> HTMLResponse:
    values: dict[str, Any] = {
        "users": users.list_users(context),
        "tokens": api_tokens.list_tokens(context),
        "roles": list(Role),
    }
    return page(request, context, person, "people.html", secret=secret, scopes=list(Permission), **values)


@router.post("/people")
def add_user(
    request: Request,
    context: Ctx,
    person: Admin,
    name: Annotated[str, Form(max_length=256)],
    role: Annotated[Role, Form()],
    password: Password,
) -> RedirectResponse:
    """Add a user."""
    user = users.add_user(context, name.strip(), role, password, actor=person.name)
    return redirect(request, "/people", f"{user.name} may sign in as {user.role}.")


@router.post("/people/{name}/role")
def set_role(
    request: Request, context: Ctx, person: Admin, name: str, role: Annotated[Role, Form()]
) -> RedirectResponse:
    """Give a user another role."""
    users.set_role(context, name, role, actor=person.name)
    return redirect(request, "/people", f"{name} is {role} now.")


@router.post("/people/{name}/password")
def set_password(request: Request, context: Ctx, person: Admin, name: str, password: Password) -> RedirectResponse:
    """Set a user's password."""
    users.set_password(context, name, password, actor=person.name)
    return redirect(request, "/people", f"{name} signs in with the new password; open sessions have ended.")


@router.post("/people/{name}/disable")
def disable_user(request: Request, context: Ctx, person: Admin, name: str) -> RedirectResponse:
    """Disable a user."""
    users.disable_user(context, name, actor=person.name)
    return redirect(request, "/people", f"{name} is disabled.")


@router.post("/people/{name}/enable")
def enable_user(request: Request, context: Ctx, person: Admin, name: str) -> RedirectResponse:
    """Let a disabled user sign in again."""
    users.enable_user(context, name, actor=person.name)
    return redirect(request, "/people", f"{name} may sign in again.")


@router.post("/tokens")
def create_token(
    request: Request,
    context: Ctx,
    person: Admin,
    user: Annotated[str, Form(max_length=80)],
    label: Annotated[str, Form(max_length=256)],
    scope: Annotated[list[Permission], Form()] = [],  # noqa: B006 - FastAPI copies it
    days: Annotated[int, Form(ge=1, le=3650)] = 90,
) -> HTMLResponse:
    """Create a token, and show it this once."""
    scopes = {Permission.READ, *scope}
    token = api_tokens.create_token(context, user, label, scopes, lasts=timedelta(days=days), actor=person.name)
    return _page(request, context, person, token.secret)


@router.post("/tokens/{token_id}/revoke")
def revoke_token(request: Request, context: Ctx, person: Admin, token_id: str) -> RedirectResponse:
    """Revoke a token."""
    api_tokens.revoke_token(context, token_id, actor=person.name)
    return redirect(request, "/people", f"Token {token_id} is revoked.")
