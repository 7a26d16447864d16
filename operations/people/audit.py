"""The audit log of people's actions: each change made by command, in a browser or by the API."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.list_pages import ListKey, ListPage, list_page
from schemas.audit import AuditEntry

if TYPE_CHECKING:
    from schemas.order import OrderKey


_KEY: ListKey[AuditEntry] = ListKey((int,), lambda entry: (entry.position,))


def record_action(
    work: UnitOfWork, actor: str, action: str, subject: str, why: str = "", details: Mapping[str, Any] | None = None
) -> None:
    """Record a person's action in the transaction that does it. *details* have no personal data."""
    entry = AuditEntry(at=work.now, who=actor, action=action, subject=subject, why=why, details=dict(details or {}))
    work.audit_log.write(entry)


def order_subject(order: "OrderKey") -> str:
    """Return the subject of people's actions on an order in the audit log."""
    return "/".join(order)


def list_actions(
    context: Context,
    *,
    subject: str | None = None,
    action: str | None = None,
    limit: int = 100,
    after: str | None = None,
) -> ListPage[AuditEntry]:
    """Return a page of people's actions, of one subject or one kind or all, the latest first.

    Raises WrongFilterError.
    """
    with context.ledger.read() as work:

        def read(key: tuple[int] | None, number: int) -> list[AuditEntry]:
            return work.audit_log.latest(subject=subject, action=action, limit=number, before=key and key[0])

        return list_page(_KEY, read, limit, after)
