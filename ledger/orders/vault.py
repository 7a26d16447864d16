"""The vault: personal data of buyers, encrypted with a data key for each order, until it expires."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, true, tuple_

from ledger.encryption.name_keys import words_of
from ledger.errors import CipherError, OrderChangedMeanwhileError
from ledger.orders import data_keys
from ledger.orders.orders import KEY, key_columns
from ledger.sql.rows import Values, fetch_by_keys, update_rows, write_rows
from ledger.sql.statements import KeySelect, KeyUpdate, Upsert
from ledger.stored import parse_stored
from ledger.tables.orders import WITHOUT_BODY, vault
from ledger.transaction import Transaction
from schemas.order import OrderKey
from schemas.personal import PersonalData

_FIND = KeySelect(vault, KEY, (*KEY, "data_key", "body", "expires_at"))
_SAVE = Upsert(
    vault,
    keys=KEY,
    change=lambda new: {"body": new.body, "data_key": new.data_key, "name_keys": new.name_keys},
    only_if=lambda new: vault.c.data_key.is_(None) | (vault.c.data_key == new.data_key),
    returning=("store_id",),
)
_EXPIRE = KeyUpdate(vault, KEY, where=vault.c.expires_at.is_(None))
_KEEP = KeyUpdate(vault, KEY)
_NAMES = KeyUpdate(vault, KEY)


@dataclass(frozen=True, slots=True)
class Vault:
    """Personal data of orders, encrypted, in one transaction."""

    tx: Transaction

    def load(self, keys: Collection[OrderKey]) -> dict[OrderKey, PersonalData]:
        """Return the personal data of these orders. Expired data is not returned, deleted yet or not."""
        ordered = sorted(set(keys))
        rows = fetch_by_keys(self.tx.connection, _FIND, ordered)
        data_keys.remember(self.tx, ordered, rows)
        personal_data: dict[OrderKey, PersonalData] = {}
        for row in rows:
            key = (row.store_id, row.amazon_order_id)
            if row.body is not None and (row.expires_at is None or row.expires_at > self.tx.now):
                personal_data[key] = self._read(key, row.body)
        return personal_data

    def save(self, data: Mapping[OrderKey, PersonalData]) -> None:
        """Encrypt and write personal data. Its expiry is left as it was set, and since when there is some.

        Raises OrderChangedMeanwhileError when another transaction has given an order a data key meanwhile.
        """
        data_keys.look_up(self.tx, data)
        rows = [self._row(key, data[key]) for key in sorted(data)]
        if len(write_rows(self.tx.connection, _SAVE, rows)) < len(rows):
            raise OrderChangedMeanwhileError("The data key of an order was made or changed by another process.")

    def expire(self, keys: Mapping[OrderKey, datetime]) -> None:
        """Set the expiry of the data of these orders where none is set yet."""
        update_rows(self.tx.connection, _EXPIRE, _expiries(keys))

    def keep(self, keys: Collection[OrderKey]) -> None:
        """Remove the expiry of the data of these orders."""
        update_rows(self.tx.connection, _KEEP, _expiries(dict.fromkeys(keys)))

    def add_rows(self, keys: Collection[OrderKey]) -> None:
        """Have all that is stored of these orders destroyed in their turn, personal data in the vault or not."""
        data_keys.make_missing(self.tx, keys)

    def overdue(self, saved_before: datetime, limit: int, among: Collection[OrderKey] | None = None) -> list[OrderKey]:
        """Return orders, of any or *among* these, whose data has expired or was first saved before this instant."""
        key = (vault.c.store_id, vault.c.amazon_order_id)
        is_over = (vault.c.expires_at <= self.tx.now) | (vault.c.saved_at <= saved_before)
        query = select(*key).where(is_over, true() if among is None else tuple_(*key).in_(sorted(among)))
        return [(row.store_id, row.amazon_order_id) for row in self.tx.connection.execute(query.limit(limit))]

    def index_names(self, after: OrderKey | None, limit: int) -> list[OrderKey]:
        """Have at most *limit* orders after *after* found by their names with the vault's first key; return which.

        Those whose names have other keys, or none as earlier versions stored them.
        """
        mark = self.tx.cipher.name_keys[0].mark
        is_other = vault.c.name_keys.is_(None) | vault.c.name_keys.not_like(f"{mark} %")
        key = (vault.c.store_id, vault.c.amazon_order_id)
        query = select(*key).where(vault.c.body.is_not(None), is_other).order_by(*key).limit(limit)
        if after is not None:
            query = query.where(tuple_(*key) > tuple_(*after))
        rows = self.tx.connection.execute(query.with_for_update()).all()
        order_keys = [(row.store_id, row.amazon_order_id) for row in rows]
        names = [{**key_columns(key), "name_keys": keys} for key in order_keys if (keys := self._name_keys_of(key))]
        update_rows(self.tx.connection, _NAMES, names)
        return order_keys

    def _name_keys_of(self, key: OrderKey) -> str | None:
        """Return the keys of an order's names, None where its data is over or no given key decrypts it."""
        try:
            personal = self.load([key]).get(key)
        except CipherError:
            return None
        return self._name_keys(personal) if personal else None

    def without_body(self, after: OrderKey | None, limit: int) -> list[OrderKey]:
        """Return orders after *after*, in key order, of which the vault has no more than the data key of messages."""
        key = (vault.c.store_id, vault.c.amazon_order_id)
        query = select(*key).where(WITHOUT_BODY).order_by(*key).limit(limit)
        rows = self.tx.connection.execute(query if after is None else query.where(tuple_(*key) > tuple_(*after)))
        return [(row.store_id, row.amazon_order_id) for row in rows]

    def _row(self, key: OrderKey, personal: PersonalData) -> Values:
        data_key = data_keys.known(self.tx, key) or data_keys.new_key(self.tx, key)
        self.tx.data_keys[key] = data_key
        body = data_key.encrypt(personal.model_dump_json(exclude_none=True).encode(), body_context(key))
        return {
            **key_columns(key),
            "data_key": data_key.stored,
            "body": body,
            "saved_at": self.tx.now,
            "name_keys": self._name_keys(personal),
        }

    def _name_keys(self, personal: PersonalData) -> str:
        return self.tx.cipher.name_keys[0].stored(words_of(personal.names))

    def _read(self, key: OrderKey, body: bytes) -> PersonalData:
        stored = data_keys.decrypt(self.tx, body, body_context(key), key)
        return parse_stored(PersonalData, stored)


def _expiries(keys: Mapping[OrderKey, datetime | None]) -> list[Values]:
    return [{**key_columns(key), "expires_at": keys[key]} for key in sorted(keys)]


def body_context(key: OrderKey) -> str:
    """Return the context in which an order's personal data is encrypted."""
    store_id, amazon_order_id = key
    return f"vault/{store_id}/{amazon_order_id}/body"
