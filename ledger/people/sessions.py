"""Sessions of users in a browser, and links that sign in once; both by the hash of their secret."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from ledger.tables.people import provider_sign_ins, sessions, sign_in_links, users
from ledger.transaction import Transaction
from schemas.people import Role

USE_RECORDED_EVERY = timedelta(minutes=1)
"""A session that is used all the time is written this often."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions, in one transaction."""

    tx: Transaction

    def add(self, secret_hash: bytes, user_name: str, expires_at: datetime) -> None:
        """Add a session, and remove the expired ones."""
        self.tx.connection.execute(delete(sessions).where(sessions.c.expires_at <= self.tx.now))
        row = {"secret_hash": secret_hash, "user_name": user_name, "expires_at": expires_at}
        self.tx.connection.execute(insert(sessions), row | {"created_at": self.tx.now, "used_at": self.tx.now})

    def find(self, secret_hash: bytes, idle: timedelta) -> tuple[str, Role, datetime] | None:
        """Return name and role of the active user whose session it is, and its last use; None if it has expired."""
        query = (
            select(users.c.name, users.c.role, sessions.c.used_at)
            .join_from(sessions, users, users.c.name == sessions.c.user_name)
            .where(sessions.c.secret_hash == secret_hash, sessions.c.expires_at > self.tx.now, users.c.is_active)
            .where(sessions.c.used_at > self.tx.now - idle)
        )
        row = self.tx.connection.execute(query).one_or_none()
        return (row.name, Role(row.role), row.used_at) if row else None

    def record_use(self, secret_hash: bytes) -> None:
        """Record that a session is used now."""
        query = update(sessions).where(sessions.c.secret_hash == secret_hash)
        self.tx.connection.execute(query.values(used_at=self.tx.now))

    def end(self, secret_hash: bytes) -> None:
        """End a session."""
        self.tx.connection.execute(delete(sessions).where(sessions.c.secret_hash == secret_hash))

    def end_all_of(self, user_name: str) -> None:
        """End all sessions of a user, and withdraw their links."""
        self.tx.connection.execute(delete(sessions).where(sessions.c.user_name == user_name))
        self.tx.connection.execute(delete(sign_in_links).where(sign_in_links.c.user_name == user_name))

    def add_link(self, secret_hash: bytes, user_name: str, expires_at: datetime) -> None:
        """Add a link that signs a user in once."""
        row = {"secret_hash": secret_hash, "user_name": user_name, "expires_at": expires_at}
        self.tx.connection.execute(insert(sign_in_links), row)

    def use_link(self, secret_hash: bytes) -> str | None:
        """Remove a link, and return its active user; None if it is unknown, used or expired."""
        query = (
            select(sign_in_links.c.user_name)
            .join(users, users.c.name == sign_in_links.c.user_name)
            .where(sign_in_links.c.secret_hash == secret_hash, sign_in_links.c.expires_at > self.tx.now)
            .where(users.c.is_active)
        )
        name: str | None = self.tx.connection.execute(query).scalar_one_or_none()
        removed = self.tx.connection.execute(delete(sign_in_links).where(sign_in_links.c.secret_hash == secret_hash))
        return name if removed.rowcount else None

    def add_provider_sign_in(self, secret_hash: bytes, target: str, expires_at: datetime) -> None:
        """Add a sign-in that a provider is to answer, and remove those that it has not answered in time."""
        self.tx.connection.execute(delete(provider_sign_ins).where(provider_sign_ins.c.expires_at <= self.tx.now))
        row = {"secret_hash": secret_hash, "target": target, "expires_at": expires_at}
        self.tx.connection.execute(insert(provider_sign_ins), row)

    def end_provider_sign_in(self, secret_hash: bytes) -> str | None:
        """Remove a sign-in, and return the page that it leads to; None if it is unknown, answered or expired."""
        query = select(provider_sign_ins.c.target).where(
            provider_sign_ins.c.secret_hash == secret_hash, provider_sign_ins.c.expires_at > self.tx.now
        )
        target: str | None = self.tx.connection.execute(query).scalar_one_or_none()
        of_secret = provider_sign_ins.c.secret_hash == secret_hash
        removed = self.tx.connection.execute(delete(provider_sign_ins).where(of_secret))
        return target if removed.rowcount else None
