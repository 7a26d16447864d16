"""When each job of the clock ran last."""

from datetime import datetime

from sqlalchemy import select

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.core import schedules
from ledger.transaction import Transaction

_RAN = Upsert(schedules, keys=("job",), change=lambda new: {"last_run_at": new.last_run_at})


def last_run(tx: Transaction, job: str) -> datetime | None:
    """Return when a job ran last, or nothing if it never did."""
    return tx.connection.execute(select(schedules.c.last_run_at).where(schedules.c.job == job)).scalar()


def ran(tx: Transaction, job: str, at: datetime) -> None:
    """Record that a job ran."""
    write_rows(tx.connection, _RAN, [{"job": job, "last_run_at": at}])
