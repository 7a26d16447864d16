"""Looks at personal data: each is recorded before a person sees anything, in the audit log, by order and letter."""

from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.list_pages import ListPage
from operations.people.audit import list_actions, record_action
from schemas.audit import AuditEntry
from schemas.dead_letters import DeadLetter
from schemas.order import OrderKey

LOOK = "personal_data.look"
"""The action in the audit log."""


def record_look(work: UnitOfWork, letter: DeadLetter, actor: str, seen: str) -> None:
    """Record that a person sees a dead letter's message, or a part of it, *seen*."""
    details = {"store": letter.store_id, "order": letter.amazon_order_id, "seen": seen}
    entry = AuditEntry(at=work.now, who=actor, action=LOOK, subject=letter.id, why="", details=details)
    work.audit_log.write(entry)


def record_order_look(work: UnitOfWork, order: OrderKey, actor: str, seen: str) -> None:
    """Record that a person sees personal data of an order, *seen*."""
    record_action(work, actor, LOOK, "/".join(order), details={"store": order[0], "order": order[1], "seen": seen})


def list_looks(context: Context, limit: int = 100, after: str | None = None) -> ListPage[AuditEntry]:
    """Return a page of the recorded looks at personal data, the latest first. Raises WrongFilterError."""
    return list_actions(context, action=LOOK, limit=limit, after=after)
