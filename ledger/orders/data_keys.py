"""The data keys of orders, stored with their personal data in the vault: looked up, and made where one is missing."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row

from ledger.encryption.cipher import VAULT_FORMAT
from ledger.encryption.data_key import DataKey
from ledger.errors import CipherError
from ledger.orders.orders import KEY, key_columns
from ledger.sql.rows import fetch_by_keys, write_rows
from ledger.sql.statements import KeySelect, Upsert
from ledger.tables.orders import vault
from ledger.transaction import Transaction
from schemas.order import OrderKey

_FIND = KeySelect(vault, KEY, (*KEY, "data_key"))
# A row of a version that had no data keys has none: it gets one with the first message, and keeps its data as it is.
_ADD_TO_ROW = Upsert(
    vault,
    keys=KEY,
    change=lambda new: {"data_key": new.data_key},
    only_if=lambda new: vault.c.data_key.is_(None),
    returning=KEY,
)


def look_up(tx: Transaction, orders: Iterable[OrderKey]) -> None:
    """Look up the data keys of these orders, unless the transaction has done so."""
    missing = sorted(set(orders) - tx.data_keys.keys())
    if missing:
        remember(tx, missing, fetch_by_keys(tx.connection, _FIND, missing))


def remember(tx: Transaction, orders: Collection[OrderKey], rows: Sequence[Row[Any]]) -> None:
    """Keep the data keys of the vault's rows of these orders for the transaction.

    One that cannot be decrypted costs only the data encrypted with it, so the error is kept in its place.
    """
    stored_keys = {(row.store_id, row.amazon_order_id): row.data_key for row in rows if row.data_key}
    for order in orders:
        stored = stored_keys.get(order)
        tx.data_keys[order] = _read(tx, order, stored) if stored else None


def _read(tx: Transaction, order: OrderKey, stored: bytes) -> DataKey | CipherError:
    try:
        return DataKey.of(tx.cipher, stored, context(order))
    except CipherError as error:
        return error


def known(tx: Transaction, order: OrderKey) -> DataKey | None:
    """Return the data key of an order that was looked up, None without one. Raises CipherError."""
    key = tx.data_keys.get(order)
    if isinstance(key, CipherError):
        raise key
    return key


def make_missing(tx: Transaction, orders: Iterable[OrderKey]) -> None:
    """Make and store data keys for those of these orders that have none.

    Of two transactions that do so at once, one waits for the other, and takes its keys.
    """
    order_keys = set(orders)
    look_up(tx, order_keys)
    missing = sorted(order for order in order_keys if tx.data_keys[order] is None)
    if not missing:
        return
    made = {order: new_key(tx, order) for order in missing}
    rows = [{**key_columns(order), "data_key": made[order].stored, "saved_at": tx.now} for order in missing]
    written = write_rows(tx.connection, _ADD_TO_ROW, rows)
    for order in ((row.store_id, row.amazon_order_id) for row in written):
        tx.data_keys[order] = made[order]
    lost = [order for order in missing if tx.data_keys[order] is None]
    if lost:
        remember(tx, lost, fetch_by_keys(tx.connection, _FIND, lost))


def new_key(tx: Transaction, order: OrderKey) -> DataKey:
    """Return a new data key for an order; it is not stored yet."""
    return DataKey.new(tx.cipher, context(order))


def encrypt(tx: Transaction, data: bytes, context: str, order: OrderKey | None) -> bytes:
    """Encrypt *data* with the data key of an order, which `make_missing` has made; without one with the vault's key.

    So, too, where the data key cannot be read: data stored of the order from now on must not depend on that.
    """
    key = tx.data_keys[order] if order else None
    return key.encrypt(data, context) if isinstance(key, DataKey) else tx.cipher.encrypt(data, context)


def decrypt(tx: Transaction, encrypted: bytes, context: str, order: OrderKey | None) -> bytes:
    """Decrypt data that `encrypt` encrypted; `look_up` has looked the order up. Raises CipherError."""
    if encrypted[:1] == VAULT_FORMAT:
        return tx.cipher.decrypt(encrypted, context)
    key = known(tx, order) if order else None
    if key is None:
        raise CipherError(f"The data at {context} cannot be decrypted: its order's data key was destroyed.")
    return key.decrypt(encrypted, context)


def context(order: OrderKey) -> str:
    """Return the context in which an order's data key is stored."""
    return f"vault/{'/'.join(order)}/data_key"
