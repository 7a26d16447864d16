"""Restores: an operator's declaration that the database was brought back from a backup."""

from operations.context import Context
from operations.people.audit import record_act


def declare_restore(context: Context, *, actor: str, why: str) -> None:
    """Have the database begin another incarnation, so that requests of before are not taken for repeats."""
    context.ledger.begin_incarnation()
    with context.ledger.begin() as work:
        record_act(work, actor, "restore.declare", "database", why)
