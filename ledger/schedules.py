"""When each scheduled job ran last."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.schedules import schedules
from ledger.transaction import Transaction

_RECORD = Upsert(schedules, keys=("job",), change=lambda new: {"last_run_at": new.last_run_at, "error": new.error})


@dataclass(frozen=True, slots=True)
class JobFailure:
    """A job whose last run failed: the time that it was due, and the error in a sentence."""

    job: str
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Schedules:
    """Last runs of scheduled jobs, in one transaction."""

    tx: Transaction

    def last_run(self, job: str) -> datetime | None:
        """Return when a job ran last, or None."""
        return self.tx.connection.execute(select(schedules.c.last_run_at).where(schedules.c.job == job)).scalar()

    def record_run(self, job: str, at: datetime, error: str | None = None) -> None:
        """Record when a job ran, and why it failed if it did."""
        write_rows(self.tx.connection, _RECORD, [{"job": job, "last_run_at": at, "error": error}])

    def failures(self) -> list[JobFailure]:
        """Return the jobs whose last run failed, by name."""
        failed = select(schedules).where(schedules.c.error.is_not(None)).order_by(schedules.c.job)
        return [JobFailure(row.job, row.last_run_at, row.error) for row in self.tx.connection.execute(failed)]
