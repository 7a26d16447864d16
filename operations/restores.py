"""Restores: an operator's declaration that the database was brought back from a backup."""

from operations.context import Context
from operations.people.audit import record_action


def declare_restore(context: Context, *, actor: str, why: str) -> None:
    """Have the database begin another incarnation, so that requests of before are not taken for repeats.

    Processes that run meanwhile keep the present one until they connect again.
    """
    with context.ledger.begin() as work:
        work.incarnations.begin()
        record_action(work, actor, "restore.declare", "database", why)
