"""Cursors: how far a list or a journal of an external system was read."""

from dataclasses import dataclass

from sqlalchemy import select

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.commerce_changes import cursors
from ledger.transaction import Transaction

_SAVE = Upsert(cursors, keys=("name",), change=lambda new: {"position": new.position})


@dataclass(frozen=True, slots=True)
class Cursors:
    """Cursors, in one transaction. A position is written once all before it is stored or published."""

    tx: Transaction

    def position(self, name: str, *, lock: bool = False) -> str | None:
        """Return the position of a cursor; None if it has none yet. With *lock* nobody else moves it meanwhile."""
        query = select(cursors.c.position).where(cursors.c.name == name)
        return self.tx.connection.execute(query.with_for_update() if lock else query).scalar()

    def move(self, name: str, position: str) -> None:
        """Move a cursor."""
        write_rows(self.tx.connection, _SAVE, [{"name": name, "position": position}])
