"""Wake-ups that cannot be lost: the transaction that blocks an order and the one that ends its cause see each other.

The one that ends the cause locks the wake keys, records that they were woken, and then finds the orders that wait for
them. The one that blocks locks the same keys, records the order's wake keys, and then finds those that were woken
since it began to ask external systems. Whichever comes second sees the first. Wake-ups are numbered, one at a time, in
the order of their commits: all above the highest number that a transaction sees came later, by whatever clock.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import ARRAY, Text, bindparam, func, select

from ledger.orders.orders import KEY, key_columns
from ledger.sql.rows import delete_rows, fetch_by_keys, write_rows
from ledger.sql.statements import KeySelect, KeyUpdate, Upsert
from ledger.tables.orders import wait_keys, wake_ups
from ledger.transaction import Transaction
from schemas.order import OrderKey

_NAMES = func.unnest(bindparam("names", type_=ARRAY(Text))).table_valued("name").render_derived()
# OFFSET keeps the sorting below the locking: all lock in one order, so that no two wait for each other.
_SORTED = select(_NAMES.c.name).order_by(_NAMES.c.name).offset(0).subquery()
_HASH = func.hashtextextended(_SORTED.c.name, 0)
_EXCLUSIVE = select(func.pg_advisory_xact_lock(_HASH))
_SHARED = select(func.pg_advisory_xact_lock_shared(_HASH))

_SLOTS = 64
"""Locks that all keys share: PostgreSQL's lock table is small, and a hash collision only causes a short wait."""

_RECORD = Upsert(wake_ups, keys=("wake_key",), change=lambda new: {"number": new.number, "at": new.at})
_FIND = KeySelect(wake_ups, ("wake_key",), ("wake_key", "number"))
_OF_ORDER = KeyUpdate(wait_keys, KEY)
_ADD = Upsert(wait_keys)
_WAITING_FOR = KeySelect(wait_keys, ("wake_key",), (*KEY, "wake_key"))


@dataclass(frozen=True, slots=True)
class WakeUps:
    """Wake keys: the orders that wait for them, and the wake-ups, in one transaction."""

    tx: Transaction

    def mark(self) -> int:
        """Return the number of the last visible wake-up.

        Take it before reading the data that a wake-up may be about.
        """
        return self.tx.connection.execute(select(func.max(wake_ups.c.number))).scalar() or 0

    def wake(self, wake_keys: Collection[str]) -> None:
        """Record that these keys were woken; call `waiting_for` after this.

        Call it once in a transaction, with all its keys: a second call could deadlock with another transaction's.
        """
        if not wake_keys:
            return
        self._lock_names(["wake_ups"], shared=False)
        self._lock_names(_slots(wake_keys), shared=False)
        number = self.mark() + 1
        rows = [{"wake_key": key, "number": number, "at": self.tx.now} for key in sorted(set(wake_keys))]
        write_rows(self.tx.connection, _RECORD, rows)

    def lock(self, wake_keys: Collection[str]) -> None:
        """Exclude wake-ups of these keys until the transaction ends; other transactions may lock them so, too."""
        self._lock_names(_slots(wake_keys), shared=True)

    def woken_since(self, wake_keys: Collection[str], number: int) -> set[str]:
        """Return those of the keys that were woken after this number; none is woken until the transaction ends."""
        self.lock(wake_keys)
        rows = fetch_by_keys(self.tx.connection, _FIND, [(key,) for key in sorted(set(wake_keys))])
        return {row.wake_key for row in rows if row.number > number}

    def replace_keys(self, order_waits: Mapping[OrderKey, tuple[str, ...]]) -> None:
        """Set the wake keys that each of these orders waits for; none: it waits no longer."""
        delete_rows(self.tx.connection, _OF_ORDER, sorted(order_waits))
        rows = [
            {**key_columns(key), "wake_key": wake_key}
            for key in sorted(order_waits)
            for wake_key in sorted(set(order_waits[key]))
        ]
        write_rows(self.tx.connection, _ADD, rows)

    def waiting_for(self, wake_keys: Collection[str]) -> dict[OrderKey, str]:
        """Return the orders that wait for any of these keys, in order, each with one of the keys that it waits for."""
        rows = fetch_by_keys(self.tx.connection, _WAITING_FOR, [(key,) for key in sorted(set(wake_keys))])
        return dict(sorted(((row.store_id, row.amazon_order_id), row.wake_key) for row in rows))

    def _lock_names(self, names: Collection[str], *, shared: bool) -> None:
        """Lock names until the transaction ends; *shared* locks exclude only exclusive ones.

        On SQLite a writing transaction excludes all others anyway.
        """
        if names and self.tx.connection.dialect.name == "postgresql":
            self.tx.connection.execute(_SHARED if shared else _EXCLUSIVE, {"names": sorted(set(names))})


def _slots(wake_keys: Collection[str]) -> set[str]:
    return {f"wakes/{crc32(key.encode()) % _SLOTS}" for key in wake_keys}
