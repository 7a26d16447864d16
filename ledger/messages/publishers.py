"""Publishers: accounts that are bound to stores and events."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.messages import publishers
from ledger.transaction import Transaction
from schemas.publisher import Publisher

_SAVE = Upsert(publishers, keys=("account",), change=lambda new: {"document": new.document})


@dataclass(frozen=True, slots=True)
class Publishers:
    """Publishers, in one transaction."""

    tx: Transaction

    def all(self) -> list[Publisher]:
        """Return all publishers by account."""
        rows = self.tx.connection.execute(select(publishers.c.document).order_by(publishers.c.account)).scalars()
        return [Publisher.model_validate_json(document) for document in rows]

    def save(self, publisher: Publisher) -> None:
        """Write a publisher."""
        row = {"account": publisher.account, "document": publisher.model_dump_json()}
        write_rows(self.tx.connection, _SAVE, [row])

    def remove(self, account: str) -> bool:
        """Remove a publisher; return whether there was one."""
        removed = self.tx.connection.execute(delete(publishers).where(publishers.c.account == account))
        return removed.rowcount > 0
