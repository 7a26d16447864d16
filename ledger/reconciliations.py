"""The latest reconciliation, and the one in progress."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from ledger.cursors import Cursors
from ledger.errors import OrderChangedMeanwhileError
from ledger.stored import parse_stored
from ledger.tables.reconciliations import reconciliations
from ledger.transaction import Transaction
from schemas.reconciliation import Reconciliation, ReconciliationRun, Step

_CURSOR = "reconciliation"


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

    def in_progress(self, *, lock: bool = False) -> ReconciliationRun | None:
        """Return the reconciliation that has pages left to be read, None if none has; see `Cursors.position`."""
        position = Cursors(self.tx).position(_CURSOR, lock=lock)
        run = parse_stored(ReconciliationRun, position) if position else None
        return run if run and run.step is not Step.DONE else None

    def go_on(self, before: ReconciliationRun | None, run: ReconciliationRun) -> None:
        """Record how far a reconciliation is that was at *before*; done, it is the latest.

        Raises OrderChangedMeanwhileError if another process went on with it.
        """
        if before is not None and self.in_progress(lock=True) != before:
            raise OrderChangedMeanwhileError("Another process went on with the reconciliation.")
        Cursors(self.tx).move(_CURSOR, run.model_dump_json())
        if run.step is Step.DONE:
            self.save(run.outcome)
