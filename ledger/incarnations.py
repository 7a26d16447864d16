"""The incarnations of the database, in one transaction; `ledger.database.incarnation` begins them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from ledger.tables.incarnations import incarnations
from ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Incarnations:
    """The incarnations of the database, in one transaction."""

    tx: Transaction

    @property
    def present(self) -> str:
        """The id of the present one, which the ids of Crossdock's own events are derived with."""
        return self.tx.incarnation

    def ids(self) -> Sequence[str]:
        """Return the ids of all incarnations, the first first."""
        rows = self.tx.connection.execute(select(incarnations.c.id).order_by(incarnations.c.number))
        return list(rows.scalars())
