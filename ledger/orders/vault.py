"""The vault: personal data of buyers, encrypted, until it expires."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.orders.orders import KEY, key_columns
from ledger.sql.rows import Values, fetch_by_keys, update_rows, write_rows
from ledger.sql.statements import KeySelect, KeyUpdate, Upsert
from ledger.tables.orders import vault
from ledger.transaction import Transaction
from schemas.order import OrderKey
from schemas.personal import PersonalData

_FIND = KeySelect(vault, KEY, (*KEY, "body", "expires_at"))
_SAVE = Upsert(vault, keys=KEY, change=lambda new: {"body": new.body, "saved_at": new.saved_at})
_EXPIRE = KeyUpdate(vault, KEY, where=vault.c.expires_at.is_(None))
_KEEP = KeyUpdate(vault, KEY)


@dataclass(frozen=True, slots=True)
class Vault:
    """Personal data of orders, encrypted, in one transaction."""

    tx: Transaction

    def load(self, keys: Collection[OrderKey]) -> dict[OrderKey, PersonalData]:
        """Return the personal data of these orders. Expired data is not returned, deleted yet or not."""
        rows = fetch_by_keys(self.tx.connection, _FIND, sorted(set(keys)))
        found: dict[OrderKey, PersonalData] = {}
        for row in rows:
            key = (row.store_id, row.amazon_order_id)
            if row.expires_at is None or row.expires_at > self.tx.now:
                found[key] = PersonalData.model_validate_json(self.tx.cipher.decrypt(row.body, _context(key)))
        return found

    def save(self, data: Mapping[OrderKey, PersonalData]) -> None:
        """Encrypt and write personal data. Its expiry is left as it was set."""
        rows = [
            {
                **key_columns(key),
                "body": self.tx.cipher.encrypt(data[key].model_dump_json(exclude_none=True).encode(), _context(key)),
                "saved_at": self.tx.now,
            }
            for key in sorted(data)
        ]
        write_rows(self.tx.connection, _SAVE, rows)

    def expire(self, keys: Mapping[OrderKey, datetime]) -> None:
        """Set the expiry of the data of these orders where none is set yet."""
        update_rows(self.tx.connection, _EXPIRE, _expiries(keys))

    def keep(self, keys: Collection[OrderKey]) -> None:
        """Remove the expiry of the data of these orders."""
        update_rows(self.tx.connection, _KEEP, _expiries(dict.fromkeys(keys)))


def _expiries(keys: Mapping[OrderKey, datetime | None]) -> list[Values]:
    return [{**key_columns(key), "expires_at": keys[key]} for key in sorted(keys)]


def _context(key: OrderKey) -> str:
    store_id, amazon_order_id = key
    return f"vault/{store_id}/{amazon_order_id}/body"
