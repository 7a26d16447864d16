"""Running processes: each writes its report every few seconds, and removes it when it ends."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.stored import parse_stored
from ledger.tables.processes import processes
from ledger.transaction import Transaction
from schemas.processes import RunningProcess

RETENTION = timedelta(days=1)
"""How long the last report of a process is kept that ended without removing it."""

MAX_PROCESSES = 1000
"""Processes that are read, those seen last first."""

_REPORT = Upsert(processes, keys=("id",), change=lambda new: {"seen_at": new.seen_at, "document": new.document})


@dataclass(frozen=True, slots=True)
class Processes:
    """Reports of processes, in one transaction."""

    tx: Transaction

    def report(self, process: RunningProcess) -> None:
        """Write a process's report, and remove those of processes that are long gone."""
        row = {"id": process.id, "seen_at": process.seen_at, "document": process.model_dump_json()}
        write_rows(self.tx.connection, _REPORT, [row])
        self.tx.connection.execute(delete(processes).where(processes.c.seen_at < self.tx.now - RETENTION))

    def remove(self, process_id: str) -> None:
        """Remove the report of a process that ends."""
        self.tx.connection.execute(delete(processes).where(processes.c.id == process_id))

    def all(self) -> list[RunningProcess]:
        """Return the latest report of each process, by the processes' names and starts."""
        latest = select(processes.c.document).order_by(processes.c.seen_at.desc()).limit(MAX_PROCESSES)
        reports = [parse_stored(RunningProcess, row) for row in self.tx.connection.execute(latest).scalars()]
        return sorted(reports, key=lambda process: (process.name, process.started_at, process.id))
