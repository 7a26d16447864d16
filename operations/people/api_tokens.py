"""API tokens: create, list, revoke; and the person of a token."""

from collections.abc import Collection
from datetime import timedelta
from uuid import uuid4

from ledger.people.api_tokens import USE_RECORDED_EVERY
from operations.context import Context
from operations.errors import NotFoundError, RefusedActionError
from operations.people.audit import record_action
from operations.people.secrets import TOKEN_PREFIX, hash_secret, new_secret
from schemas.people import ApiToken, Permission, Person
from schemas.value import Value

MAX_LABEL = 100


class RoleNotConfirmedError(RefusedActionError):
    """The identity provider has not given the token's user a role for long; the user may have left."""


class NewToken(Value):
    """A token and its secret, which is shown this once."""

    token: ApiToken
    secret: str


def create_token(
    context: Context,
    user_name: str,
    label: str,
    scopes: Collection[Permission],
    *,
    lasts: timedelta | None,
    actor: str,
) -> NewToken:
    """Create a token of a user. Its rights are those of its scopes that the user's role has at the time.

    Raises NotFoundError without such a user, RefusedActionError for no scope, a wrong label, or scopes beyond the role.
    """
    if not 1 <= len(label) <= MAX_LABEL:
        raise RefusedActionError(f"A token's label has 1 to {MAX_LABEL} characters.")
    secret = TOKEN_PREFIX + new_secret()
    with context.ledger.begin() as work:
        user = work.users.find(user_name)
        if user is None or not user.is_active:
            raise NotFoundError(f"There is no active user {user_name}.")
        _check_scopes(scopes, user.role.permissions, user.role.value)
        token = ApiToken(
            id=uuid4().hex[:12],
            user_name=user_name,
            label=label,
            scopes=tuple(sorted(set(scopes))),
            created_at=work.now,
            expires_at=work.now + lasts if lasts else None,
            last_used_at=None,
            revoked_at=None,
        )
        work.api_tokens.add(token, hash_secret(secret))
        record_action(work, actor, "token.create", token.id, details={"user": user_name, "scopes": list(token.scopes)})
    return NewToken(token=token, secret=secret)


def _check_scopes(scopes: Collection[Permission], allowed: Collection[Permission], role: str) -> None:
    if not scopes:
        raise RefusedActionError("A token needs at least one scope.")
    if beyond := sorted(set(scopes) - set(allowed)):
        raise RefusedActionError(f"The role {role} may not {', '.join(beyond)}.")


def list_tokens(context: Context, user_name: str | None = None) -> list[ApiToken]:
    """Return the tokens of one user or of all, the newest first, revoked ones too."""
    with context.ledger.read() as work:
        return work.api_tokens.all(user_name)


def revoke_token(context: Context, token_id: str, *, actor: str) -> None:
    """Revoke a token, which counts at once. Raises NotFoundError."""
    with context.ledger.begin() as work:
        if not work.api_tokens.revoke(token_id):
            raise NotFoundError(f"There is no API token {token_id} that is not revoked.")
        record_action(work, actor, "token.revoke", token_id)


def person_of_token(context: Context, secret: str) -> Person | None:
    """Return the person for whom the token's bearer acts, or None if it is unknown, expired or revoked.

    Raises RoleNotConfirmedError for a token of a person who has not signed in for CROSSDOCK_OIDC_TOKEN_DAYS: only a
    sign-in tells whether the provider still gives the person a role.
    """
    with context.ledger.read() as work:
        row = work.api_tokens.find_valid(hash_secret(secret))
        now = work.now
    if row is None:
        return None
    token, role, confirmed_at = row
    days = context.settings.oidc_token_days
    if confirmed_at is not None and now - confirmed_at > timedelta(days=days):
        raise RoleNotConfirmedError(
            f"{token.user_name} has not signed in to the console for {days} days, so nobody knows whether the role"
            " still holds. The token counts again once they sign in."
        )
    if token.last_used_at is None or now - token.last_used_at > USE_RECORDED_EVERY:
        with context.ledger.begin() as work:
            work.api_tokens.record_use(token.id)
    return Person(name=token.user_name, role=role, permissions=role.permissions.intersection(token.scopes))
