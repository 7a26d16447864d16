"""Looks at personal data: each is recorded before a person sees anything, in the audit log, by order and letter."""

from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.people.audit import record_act
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
    record_act(work, actor, LOOK, "/".join(order), details={"store": order[0], "order": order[1], "seen": seen})


def list_looks(context: Context, limit: int = 100, offset: int = 0, before: int | None = None) -> list[AuditEntry]:
    """Return the recorded looks at personal data, the latest first, without the first *offset*.

    *before* is the position of an entry, and only older ones are returned.
    """
    with context.ledger.read() as work:
        return work.audit_log.latest(action=LOOK, limit=limit, offset=offset, before=before)
