"""The audit: who did what to dead letters and replays, and why."""

import json
from dataclasses import dataclass

from sqlalchemy import insert, select

from ledger.tables.replays import audit_log
from ledger.transaction import Transaction
from schemas.replays import AuditEntry


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The audit log of operators' actions, in one transaction."""

    tx: Transaction

    def write(self, act: AuditEntry) -> None:
        """Put an act on record."""
        row = {
            "at": act.at,
            "who": act.who,
            "action": act.action,
            "subject": act.subject,
            "why": act.why,
            "details": json.dumps(act.details, sort_keys=True),
        }
        self.tx.connection.execute(insert(audit_log), row)

    def latest(self, subject: str | None = None, limit: int = 100) -> list[AuditEntry]:
        """Return what was done, to one thing or to any, the latest first."""
        wanted = select(audit_log).order_by(audit_log.c.id.desc()).limit(limit)
        if subject is not None:
            wanted = wanted.where(audit_log.c.subject == subject)
        return [
            AuditEntry(
                at=row.at,
                who=row.who,
                action=row.action,
                subject=row.subject,
                why=row.why,
                details=json.loads(row.details),
            )
            for row in self.tx.connection.execute(wanted)
        ]
