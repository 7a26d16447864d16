"""What blocked orders wait for: wake-up keys, so that a change wakes exactly the orders it may help."""

from collections.abc import Collection, Mapping

from ledger.orders.orders import KEY
from ledger.sql.rows import delete_rows, fetch_by_keys, write_rows
from ledger.sql.statements import Change, Lookup, Write
from ledger.tables.core import waits
from ledger.transaction import Transaction
from schemas.order import OrderKey

_OF_ORDER = Change(waits, KEY)
_ADD = Write(waits)
_WAITING_FOR = Lookup(waits, ("wake_key",), (*KEY, "wake_key"))


def replace(tx: Transaction, order_waits: Mapping[OrderKey, tuple[str, ...]]) -> None:
    """Set what each of these orders waits for; nothing ends its waiting."""
    delete_rows(tx.connection, _OF_ORDER, sorted(order_waits))
    rows = [
        {"store_id": key[0], "amazon_order_id": key[1], "wake_key": wake_key}
        for key in sorted(order_waits)
        for wake_key in sorted(set(order_waits[key]))
    ]
    write_rows(tx.connection, _ADD, rows)


def waiting_for(tx: Transaction, wake_keys: Collection[str]) -> dict[OrderKey, str]:
    """Return the orders that wait for any of these, in key order, and one of those that each waits for."""
    rows = fetch_by_keys(tx.connection, _WAITING_FOR, [(key,) for key in sorted(set(wake_keys))])
    return dict(sorted(((row.store_id, row.amazon_order_id), row.wake_key) for row in rows))
