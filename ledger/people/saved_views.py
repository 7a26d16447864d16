"""Saved views: lists of orders that a person named, each by the query of its address."""

from dataclasses import dataclass

from sqlalchemy import delete, func, select

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.people import saved_views
from ledger.transaction import Transaction

_SAVE = Upsert(saved_views, keys=("user_name", "name"), change=lambda new: {"query": new.query})


@dataclass(frozen=True, slots=True)
class SavedViews:
    """Saved views, in one transaction."""

    tx: Transaction

    def of_user(self, user_name: str) -> list[tuple[str, str]]:
        """Return the names and the queries of a user's views, by name."""
        query = select(saved_views.c.name, saved_views.c.query).where(saved_views.c.user_name == user_name)
        return [(row.name, row.query) for row in self.tx.connection.execute(query.order_by(saved_views.c.name))]

    def count(self, user_name: str) -> int:
        """Return how many views a user has."""
        query = select(func.count()).select_from(saved_views).where(saved_views.c.user_name == user_name)
        return self.tx.connection.execute(query).scalar_one()

    def save(self, user_name: str, name: str, query: str) -> None:
        """Save a view; one of this name is replaced."""
        write_rows(self.tx.connection, _SAVE, [{"user_name": user_name, "name": name, "query": query}])

    def remove(self, user_name: str, name: str) -> bool:
        """Remove a view; False if there is none of this name."""
        of_name = (saved_views.c.user_name == user_name) & (saved_views.c.name == name)
        return self.tx.connection.execute(delete(saved_views).where(of_name)).rowcount > 0
