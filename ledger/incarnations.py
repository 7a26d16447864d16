"""The incarnations of the database, in one transaction; see `ledger.database.incarnation`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from ledger.database.incarnation import begin_incarnation
from ledger.errors import LedgerError
from ledger.tables.incarnations import incarnations
from ledger.transaction import Transaction


class Incarnation(NamedTuple):
    """An incarnation: its id, and since when the database has it."""

    id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Incarnations:
    """The incarnations of the database, in one transaction."""

    tx: Transaction

    @property
    def present(self) -> str:
        """The id of the present one, which the ids of Crossdock's own events are derived with.

        Raises LedgerError in a transaction that only reads: to look may begin another one.
        """
        if self.tx.incarnation is None:
            raise LedgerError("A transaction for reading makes no ids of events; open it with `begin`.")
        return self.tx.incarnation

    def begin(self) -> None:
        """Begin another one: the database was restored. Most restores are recognized without.

        Connections that are open meanwhile, in this process or another, keep the present one.
        """
        begin_incarnation(self.tx.connection, self.tx.now)

    def all(self) -> Sequence[Incarnation]:
        """Return all incarnations, the first first."""
        rows = self.tx.connection.execute(
            select(incarnations.c.id, incarnations.c.since).order_by(incarnations.c.number)
        )
        return [Incarnation(*row) for row in rows]
