"""The latest reconciliation."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from ledger.stored import parse_stored
from ledger.tables.reconciliations import reconciliations
from ledger.transaction import Transaction
from schemas.reconciliation import Reconciliation


@dataclass(frozen=True, slots=True)
class Reconciliations:
    """Reconciliations, in one transaction."""

    tx: Transaction

    def save(self, reconciliation: Reconciliation) -> None:
        """Keep a reconciliation instead of the one before."""
        self.tx.connection.execute(delete(reconciliations))
        row = {"at": reconciliation.at, "document": reconciliation.model_dump_json()}
        self.tx.connection.execute(insert(reconciliations), row)

    def latest(self) -> Reconciliation | None:
        """Return the latest reconciliation, None before the first."""
        query = select(reconciliations.c.document).order_by(reconciliations.c.at.desc()).limit(1)
        document = self.tx.connection.execute(query).scalar()
        return parse_stored(Reconciliation, document) if document else None
