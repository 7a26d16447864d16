"""Wake-ups that cannot be lost: whoever blocks an order and whoever mends its cause always see each other.

The one who mends locks the keys, notes that they were woken, and then looks who waits. The one who blocks locks the
same keys, notes what the order waits for, and then looks which were woken since it began to ask outside. Whichever
comes second sees the first. Wakes are numbered, one at a time, in the order of their commits: an asker notes the
highest number it sees, and all above it came later, by whatever clock.
"""

from collections.abc import Collection
from zlib import crc32

from sqlalchemy import func, select

from ledger.orders.locks import lock_names
from ledger.sql.rows import fetch_by_keys, write_rows
from ledger.sql.statements import Lookup, Write
from ledger.tables.replays import wakes
from ledger.transaction import Transaction

_SLOTS = 64
"""Keys share so many locks: PostgreSQL's lock table is small, and a false neighbour only waits a little."""

_NOTE = Write(wakes, keys=("wake_key",), change=lambda new: {"number": new.number, "at": new.at})
_FIND = Lookup(wakes, ("wake_key",), ("wake_key", "number"))


def mark(tx: Transaction) -> int:
    """Return the number of the last wake-up that can be seen; take it before looking at anything."""
    return tx.connection.execute(select(func.max(wakes.c.number))).scalar() or 0


def note(tx: Transaction, wake_keys: Collection[str]) -> None:
    """Note that these keys were woken; orders that wait for them are to be looked for after this.

    Call it once in a transaction, with all its keys: two calls could lock each other out.
    """
    if not wake_keys:
        return
    lock_names(tx, ["wakes"], shared=False)
    lock_names(tx, _slots(wake_keys), shared=False)
    number = mark(tx) + 1
    rows = [{"wake_key": key, "number": number, "at": tx.now} for key in sorted(set(wake_keys))]
    write_rows(tx.connection, _NOTE, rows)


def hold_still(tx: Transaction, wake_keys: Collection[str]) -> None:
    """Let nobody wake these keys till the end of the transaction; others may hold them still as well."""
    lock_names(tx, _slots(wake_keys), shared=True)


def woken_since(tx: Transaction, wake_keys: Collection[str], number: int) -> set[str]:
    """Return those of the keys that were woken after this number; hold them still first."""
    rows = fetch_by_keys(tx.connection, _FIND, [(key,) for key in sorted(set(wake_keys))])
    return {row.wake_key for row in rows if row.number > number}


def _slots(wake_keys: Collection[str]) -> set[str]:
    return {f"wakes/{crc32(key.encode()) % _SLOTS}" for key in wake_keys}
