"""Locks on names: one process at a time decides about something that has no row yet to be locked."""

from collections.abc import Collection

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from ledger.transaction import Transaction

_GIVEN = func.unnest(bindparam("names", type_=ARRAY(Text))).table_valued("name").render_derived()
# OFFSET keeps the sorting below the locking: all lock in one order, so that no two wait for each other.
_SORTED = select(_GIVEN.c.name).order_by(_GIVEN.c.name).offset(0).subquery()
_HASH = func.hashtextextended(_SORTED.c.name, 0)
_EXCLUSIVE = select(func.pg_advisory_xact_lock(_HASH))
_SHARED = select(func.pg_advisory_xact_lock_shared(_HASH))


def lock_names(tx: Transaction, names: Collection[str], *, shared: bool) -> None:
    """Hold names until the transaction ends; *shared* holders exclude only the others.

    On SQLite a writing transaction excludes all others anyway.
    """
    if names and tx.connection.dialect.name == "postgresql":
        tx.connection.execute(_SHARED if shared else _EXCLUSIVE, {"names": sorted(set(names))})
