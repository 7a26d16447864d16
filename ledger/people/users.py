"""Users of the console and the API."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.people import users
from ledger.transaction import Transaction
from schemas.people import Role, User

_ADD = Upsert(users)


@dataclass(frozen=True, slots=True)
class Users:
    """Users, in one transaction."""

    tx: Transaction

    def find(self, name: str, *, lock: bool = False) -> User | None:
        """Return a user, active or not."""
        query = select(users).where(users.c.name == name)
        row = self.tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
        return _user(row) if row else None

    def find_by_subject(self, issuer: str, subject: str) -> User | None:
        """Return the user whom an identity provider knows by *subject*, active or not, and lock it."""
        query = select(users).where(users.c.issuer == issuer, users.c.subject == subject).with_for_update()
        row = self.tx.connection.execute(query).one_or_none()
        return _user(row) if row else None

    def password_hash(self, name: str) -> str | None:
        """Return the hash of the password of an active user; None without a password or such a user."""
        query = select(users.c.password_hash).where(users.c.name == name, users.c.is_active)
        return self.tx.connection.execute(query).scalar_one_or_none()

    def all(self) -> list[User]:
        """Return the users by name."""
        return [_user(row) for row in self.tx.connection.execute(select(users).order_by(users.c.name))]

    def add(self, name: str, role: Role, password_hash: str | None) -> None:
        """Add an active user, whose name is new."""
        row = {"name": name, "role": role.value, "password_hash": password_hash, "is_active": True}
        self.tx.connection.execute(insert(users), row | {"created_at": self.tx.now, "updated_at": self.tx.now})

    def add_of_provider(self, name: str, role: Role, issuer: str, subject: str) -> None:
        """Add an active user whom a provider signs in; one whose name or subject is there already is left."""
        row: dict[str, object] = {"name": name, "role": role.value, "password_hash": None, "is_active": True}
        row |= {"issuer": issuer, "subject": subject, "created_at": self.tx.now, "updated_at": self.tx.now}
        write_rows(self.tx.connection, _ADD, [row])

    def confirm(self, name: str) -> None:
        """Record that the provider has given a user their role now."""
        query = update(users).where(users.c.name == name)
        self.tx.connection.execute(query.values(confirmed_at=self.tx.now))

    def change(self, name: str, **values: object) -> None:
        """Set columns of a user."""
        query = update(users).where(users.c.name == name)
        self.tx.connection.execute(query.values(**values, updated_at=self.tx.now))


def _user(row: Row[Any]) -> User:
    return User(
        name=row.name,
        role=Role(row.role),
        is_active=row.is_active,
        issuer=row.issuer,
        subject=row.subject,
        confirmed_at=row.confirmed_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
