"""The incarnations of the database, in one transaction; see `ledger.database.incarnation`."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from ledger.database.incarnation import begin_incarnation
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

    def begin(self) -> None:
        """Begin another one: the database was restored. Most restores are recognized without.

        Connections that are open meanwhile, in this process or another, keep the present one.
        """
        begin_incarnation(self.tx.connection, self.tx.now)

    def ids(self) -> Sequence[str]:
        """Return the ids of all incarnations, the first first."""
        rows = self.tx.connection.execute(select(incarnations.c.id).order_by(incarnations.c.number))
        return list(rows.scalars())
