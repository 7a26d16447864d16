"""Wake-ups that cannot be lost: whoever blocks an order and whoever mends its cause always see each other.

The one who mends locks the keys, notes that they were woken, and then looks who waits. The one who blocks locks the
same keys, notes what the order waits for, and then looks which were woken since it began to ask outside. Whichever
comes second sees the first. Wakes are numbered, one at a time, in the order of their commits: an asker notes the
highest number it sees, and all above it came later, by whatever clock.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from ledger.orders.orders import KEY
from ledger.sql.rows import delete_rows, fetch_by_keys, write_rows
from ledger.sql.statements import KeySelect, KeyUpdate, Upsert
from ledger.tables.core import wait_keys
from ledger.tables.replays import wake_ups
from ledger.transaction import Transaction
from schemas.order import OrderKey

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


_SLOTS = 64
"""Keys share so many locks: PostgreSQL's lock table is small, and a false neighbour only waits a little."""

_NOTE = Upsert(wake_ups, keys=("wake_key",), change=lambda new: {"number": new.number, "at": new.at})
_FIND = KeySelect(wake_ups, ("wake_key",), ("wake_key", "number"))


@dataclass(frozen=True, slots=True)
class WakeUps:
    """Wake keys, who waits for them and which were woken, in one transaction."""

    tx: Transaction

    def mark(self) -> int:
        """Return the number of the last wake-up that can be seen; take it before looking at anything."""
        return self.tx.connection.execute(select(func.max(wake_ups.c.number))).scalar() or 0

    def wake(self, wake_keys: Collection[str]) -> None:
        """Note that these keys were woken; orders that wait for them are to be looked for after this.

        Call it once in a transaction, with all its keys: two calls could lock each other out.
        """
        if not wake_keys:
            return
        lock_names(self.tx, ["wake_ups"], shared=False)
        lock_names(self.tx, _slots(wake_keys), shared=False)
        number = self.mark() + 1
        rows = [{"wake_key": key, "number": number, "at": self.tx.now} for key in sorted(set(wake_keys))]
        write_rows(self.tx.connection, _NOTE, rows)

    def lock(self, wake_keys: Collection[str]) -> None:
        """Let nobody wake these keys till the end of the transaction; others may hold them still as well."""
        lock_names(self.tx, _slots(wake_keys), shared=True)

    def woken_since(self, wake_keys: Collection[str], number: int) -> set[str]:
        """Return those of the keys that were woken after this number; none is woken until the transaction ends."""
        self.lock(wake_keys)
        rows = fetch_by_keys(self.tx.connection, _FIND, [(key,) for key in sorted(set(wake_keys))])
        return {row.wake_key for row in rows if row.number > number}

    def replace_keys(self, order_waits: Mapping[OrderKey, tuple[str, ...]]) -> None:
        """Set what each of these orders waits for; nothing ends its waiting."""
        delete_rows(self.tx.connection, _OF_ORDER, sorted(order_waits))
        rows = [
            {"store_id": key[0], "amazon_order_id": key[1], "wake_key": wake_key}
            for key in sorted(order_waits)
            for wake_key in sorted(set(order_waits[key]))
        ]
        write_rows(self.tx.connection, _ADD, rows)

    def waiting_for(self, wake_keys: Collection[str]) -> dict[OrderKey, str]:
        """Return the orders that wait for any of these, in key order, and one of those that each waits for."""
        rows = fetch_by_keys(self.tx.connection, _WAITING_FOR, [(key,) for key in sorted(set(wake_keys))])
        return dict(sorted(((row.store_id, row.amazon_order_id), row.wake_key) for row in rows))


def _slots(wake_keys: Collection[str]) -> set[str]:
    return {f"wakes/{crc32(key.encode()) % _SLOTS}" for key in wake_keys}


_OF_ORDER = KeyUpdate(wait_keys, KEY)
_ADD = Upsert(wait_keys)
_WAITING_FOR = KeySelect(wait_keys, ("wake_key",), (*KEY, "wake_key"))
