"""The audit log of people's actions: each change made by command, in a browser or by the API."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from schemas.audit import AuditEntry

if TYPE_CHECKING:
    from schemas.order import OrderKey


def record_act(
    work: UnitOfWork, actor: str, action: str, subject: str, why: str = "", details: Mapping[str, Any] | None = None
) -> None:
    """Record a person's act in the transaction that does it. *details* have no personal data."""
    entry = AuditEntry(at=work.now, who=actor, action=action, subject=subject, why=why, details=dict(details or {}))
    work.audit_log.write(entry)


def order_subject(order: "OrderKey") -> str:
    """Return the subject of people's actions on an order in the audit log."""
    return "/".join(order)


def list_acts(
    context: Context,
    *,
    subject: str | None = None,
    action: str | None = None,
    limit: int = 100,
    offset: int = 0,
    before: int | None = None,
) -> list[AuditEntry]:
    """Return people's actions, of one subject or one kind or all, the latest first, without the first *offset*.

    *before* is the position of an entry, and only older ones are returned.
    """
    with context.ledger.read() as work:
        return work.audit_log.latest(subject=subject, action=action, limit=limit, offset=offset, before=before)
