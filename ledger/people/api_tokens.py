"""API tokens, by the hash of their secret."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, case, func, insert, or_, select, update

from ledger.tables.people import api_tokens, users
from ledger.transaction import Transaction
from schemas.people import ApiToken, Permission, Role

USE_RECORDED_EVERY = timedelta(minutes=1)
"""A token that is used all the time is written this often."""


class ValidToken(NamedTuple):
    """A token, its owner's role, and when an identity provider last gave that role; None for a local user's."""

    token: ApiToken
    role: Role
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApiTokens:
    """API tokens, in one transaction."""

    tx: Transaction

    def add(self, token: ApiToken, secret_hash: bytes) -> None:
        """Add a token."""
        row = {
            "id": token.id,
            "user_name": token.user_name,
            "label": token.label,
            "secret_hash": secret_hash,
            "scopes": " ".join(token.scopes),
            "created_at": token.created_at,
            "expires_at": token.expires_at,
        }
        self.tx.connection.execute(insert(api_tokens), row)

    def find_valid(self, secret_hash: bytes) -> ValidToken | None:
        """Return the token with this secret; None if it is unknown or ended, or its owner disabled."""
        confirmed_at = case((users.c.issuer.is_not(None), func.coalesce(users.c.confirmed_at, users.c.created_at)))
        query = (
            select(api_tokens, users.c.role, confirmed_at.label("confirmed_at"))
            .join_from(api_tokens, users, users.c.name == api_tokens.c.user_name)
            .where(api_tokens.c.secret_hash == secret_hash, api_tokens.c.revoked_at.is_(None), users.c.is_active)
            .where(or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > self.tx.now))
        )
        row = self.tx.connection.execute(query).one_or_none()
        return ValidToken(_token(row), Role(row.role), row.confirmed_at) if row else None

    def record_use(self, token_id: str) -> None:
        """Record that a token is used now."""
        query = update(api_tokens).where(api_tokens.c.id == token_id).values(last_used_at=self.tx.now)
        self.tx.connection.execute(query)

    def all(self, user_name: str | None = None) -> list[ApiToken]:
        """Return the tokens of one user or of all, the newest first."""
        query = select(api_tokens).order_by(api_tokens.c.created_at.desc(), api_tokens.c.id)
        if user_name is not None:
            query = query.where(api_tokens.c.user_name == user_name)
        return [_token(row) for row in self.tx.connection.execute(query)]

    def revoke(self, token_id: str) -> bool:
        """Revoke a token; False if there is none that is not revoked."""
        query = update(api_tokens).where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None))
        return bool(self.tx.connection.execute(query.values(revoked_at=self.tx.now)).rowcount)

    def revoke_all_of(self, user_name: str) -> None:
        """Revoke all tokens of a user."""
        query = update(api_tokens).where(api_tokens.c.user_name == user_name, api_tokens.c.revoked_at.is_(None))
        self.tx.connection.execute(query.values(revoked_at=self.tx.now))


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(
        id=row.id,
        user_name=row.user_name,
        label=row.label,
        scopes=tuple(Permission(scope) for scope in row.scopes.split()),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
