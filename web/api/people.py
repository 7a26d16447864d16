"""People: the person of a token, users with their roles, API tokens."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints

from operations.people import api_tokens, users
from operations.people.api_tokens import MAX_LABEL, NewToken
from schemas.people import ApiToken, Permission, Person, Role, User, UserName
from web.api.fields import A_NUMBER, RequestBody
from web.api.paging import Page
from web.api.permissions import ManagesPeople, Reader
from web.context import Ctx

router = APIRouter(tags=["people"])

NamePath = Annotated[UserName, Path(description="The user's name.", examples=["ann"])]
TokenId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$", description="The token's id, which is not its secret.")]
Password = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class NewUser(RequestBody):
    """A user to be added."""

    name: UserName = Field(examples=["ann"])
    role: Role
    password: Password = Field(json_schema_extra={"format": "password"})


class RoleOfUser(RequestBody):
    """A user's role."""

    role: Role


class NewPassword(RequestBody):
    """A user's new password."""

    password: Password = Field(json_schema_extra={"format": "password"})


class TokenRequest(RequestBody):
    """A token to be created: it has the rights of its scopes, as far as its user's role has them."""

    user_name: UserName = Field(examples=["ann"])
    label: Annotated[str, StringConstraints(min_length=1, max_length=MAX_LABEL, pattern=r"^[^\x00]*$")]
    scopes: Annotated[frozenset[Permission], Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=3650), A_NUMBER] | None = Field(
        90, description="Until it expires; null: never."
    )


@router.get("/me", operation_id="showMe")
def show_me(person: Reader) -> Person:
    """Show the token's user and its rights."""
    return person


@router.get("/users", operation_id="listUsers")
def list_users(context: Ctx, person: ManagesPeople) -> Page[User]:
    """List the users by name, disabled ones too."""
    return Page(items=tuple(users.list_users(context)))


@router.post("/users", operation_id="addUser", status_code=201)
def add_user(context: Ctx, person: ManagesPeople, new: NewUser) -> User:
    """Add a user."""
    return users.add_user(context, new.name, new.role, new.password, actor=person.name)


@router.put("/users/{name}/role", operation_id="setRole")
def set_role(context: Ctx, person: ManagesPeople, name: NamePath, edit: RoleOfUser) -> User:
    """Give a user another role, which counts at once. The last admin stays one."""
    return users.set_role(context, name, edit.role, actor=person.name)


@router.put("/users/{name}/password", operation_id="setPassword")
def set_password(context: Ctx, person: ManagesPeople, name: NamePath, new: NewPassword) -> User:
    """Set a user's password, and end their sessions."""
    return users.set_password(context, name, new.password, actor=person.name)


@router.post("/users/{name}/disable", operation_id="disableUser")
def disable_user(context: Ctx, person: ManagesPeople, name: NamePath) -> User:
    """Disable a user: their sessions end, their API tokens are refused."""
    return users.disable_user(context, name, actor=person.name)


@router.post("/users/{name}/enable", operation_id="enableUser")
def enable_user(context: Ctx, person: ManagesPeople, name: NamePath) -> User:
    """Let a disabled user sign in again."""
    return users.enable_user(context, name, actor=person.name)


@router.get("/tokens", operation_id="listTokens")
def list_tokens(
    context: Ctx, person: ManagesPeople, user_name: Annotated[UserName | None, Query(description="Whose.")] = None
) -> Page[ApiToken]:
    """List API tokens, the newest first, revoked ones too. Their secrets are not kept."""
    return Page(items=tuple(api_tokens.list_tokens(context, user_name)))


@router.post("/tokens", operation_id="createToken", status_code=201)
def create_token(context: Ctx, person: ManagesPeople, new: TokenRequest) -> NewToken:
    """Create an API token; its secret is in this answer and nowhere else."""
    lasts = None if new.days is None else timedelta(days=new.days)
    return api_tokens.create_token(context, new.user_name, new.label, new.scopes, lasts=lasts, actor=person.name)


@router.delete("/tokens/{token_id}", operation_id="revokeToken", status_code=204)
def revoke_token(context: Ctx, person: ManagesPeople, token_id: TokenId) -> None:
    """Revoke an API token, which counts at once."""
    api_tokens.revoke_token(context, token_id, actor=person.name)
