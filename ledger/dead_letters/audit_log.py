"""The audit log: who did what to dead letters and replays, and why."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, insert, select

from ledger.tables.dead_letters import audit_log
from ledger.transaction import Transaction
from schemas.audit import AuditEntry


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The audit log of operators' actions, in one transaction."""

    tx: Transaction

    def write(self, entry: AuditEntry) -> None:
        """Add an entry."""
        row = {
            "at": entry.at,
            "who": entry.who,
            "action": entry.action,
            "subject": entry.subject,
            "why": entry.why,
            "details": json.dumps(entry.details, sort_keys=True),
        }
        self.tx.connection.execute(insert(audit_log), row)

    def latest(
        self,
        subject: str | None = None,
        limit: int = 100,
        action: str | None = None,
        before: int | None = None,
    ) -> list[AuditEntry]:
        """Return the entries of one subject or action or of all, the latest first; with a position only older ones."""
        query = select(audit_log).order_by(audit_log.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(audit_log.c.id < before)
        if subject is not None:
            query = query.where(audit_log.c.subject == subject)
        if action is not None:
            query = query.where(audit_log.c.action == action)
        return self._fetch(query)

    def of_subjects(self, subjects: Collection[str], limit: int) -> list[AuditEntry]:
        """Return the entries of several subjects, the latest first."""
        query = select(audit_log).where(audit_log.c.subject.in_(subjects))
        return self._fetch(query.order_by(audit_log.c.id.desc()).limit(limit))

    def _fetch(self, query: Select[Any]) -> list[AuditEntry]:
        return [
            AuditEntry(
                position=row.id,
                at=row.at,
                who=row.who,
                action=row.action,
                subject=row.subject,
                why=row.why,
                details=json.loads(row.details),
            )
            for row in self.tx.connection.execute(query)
        ]
