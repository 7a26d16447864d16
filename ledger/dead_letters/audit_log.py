"""The audit: who did what to dead letters and replays, and why."""

import json

from sqlalchemy import insert, select

from ledger.tables.replays import audit
from ledger.transaction import Transaction
from schemas.replays import Act


def write(tx: Transaction, act: Act) -> None:
    """Put an act on record."""
    row = {
        "at": act.at,
        "who": act.who,
        "action": act.action,
        "subject": act.subject,
        "why": act.why,
        "details": json.dumps(act.details, sort_keys=True),
    }
    tx.connection.execute(insert(audit), row)


def acts(tx: Transaction, subject: str | None, most: int) -> list[Act]:
    """Return what was done, to one thing or to any, the latest first."""
    wanted = select(audit).order_by(audit.c.id.desc()).limit(most)
    if subject is not None:
        wanted = wanted.where(audit.c.subject == subject)
    return [
        Act(row.at, row.who, row.action, row.subject, row.why, json.loads(row.details))
        for row in tx.connection.execute(wanted)
    ]
