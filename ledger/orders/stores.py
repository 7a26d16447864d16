"""Stores and their order settings."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import select, text

from ledger.sql.rows import Values, fetch_by_keys, write_rows
from ledger.sql.statements import KeySelect, Upsert
from ledger.stored import parse_stored
from ledger.tables.orders import stores
from ledger.transaction import Transaction
from schemas.store import Store

_FIND = KeySelect(stores, ("store_id",), ("document",))
_ADD = Upsert(stores)
_LOCK_ORDERS = text("LOCK TABLE orders IN EXCLUSIVE MODE")
_FIND_DATES = KeySelect(stores, ("store_id",), ("store_id", "created_at", "changed_at"))
_SAVE = Upsert(
    stores,
    keys=("store_id",),
    change=lambda new: {"name": new.name, "document": new.document, "changed_at": new.created_at},
)


class StoreDates(NamedTuple):
    """When a store was added, None if that is not known, and when it was last changed, None if it never was."""

    created_at: datetime | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stores:
    """Stores and their order settings, in one transaction."""

    tx: Transaction

    def load(self, ids: Collection[str]) -> dict[str, Store]:
        """Return those of these stores that exist."""
        rows = fetch_by_keys(self.tx.connection, _FIND, [(store_id,) for store_id in sorted(set(ids))])
        stores_found = (parse_store(row.document) for row in rows)
        return {store.store_id: store for store in stores_found}

    def all(self, limit: int | None = None, after: str = "") -> list[Store]:
        """Return the stores by id: all, or at most *limit* after an id."""
        query = select(stores.c.document).where(stores.c.store_id > after).order_by(stores.c.store_id).limit(limit)
        rows = self.tx.connection.execute(query).scalars()
        return [parse_store(document) for document in rows]

    def dates(self, ids: Collection[str]) -> dict[str, StoreDates]:
        """Return when each of these stores was added and changed."""
        rows = fetch_by_keys(self.tx.connection, _FIND_DATES, [(store_id,) for store_id in sorted(set(ids))])
        return {row.store_id: StoreDates(row.created_at, row.changed_at) for row in rows}

    def lock(self) -> None:
        """Lock all orders against batches until the transaction ends, after batches that have locked some. Reads go on.

        On PostgreSQL a transaction that locks orders has a weak lock on their table, too, and takes it before its
        statement reads a store: EXCLUSIVE waits for those locks. So a batch pays nothing for it; a lock on the store's
        row would cost each batch one more write, and might never be granted while many share it. On SQLite a writing
        transaction excludes all others anyway.
        """
        if self.tx.connection.dialect.name == "postgresql":
            self.tx.connection.execute(_LOCK_ORDERS)

    def save(self, store: Store) -> None:
        """Write a store, added or changed now."""
        write_rows(self.tx.connection, _SAVE, [_row(store, self.tx.now)])

    def add_missing(self, ids: Collection[str]) -> None:
        """Add those of these stores that do not exist, with their ids for names."""
        stores_added = [Store(store_id=store_id, name=store_id) for store_id in sorted(set(ids))]
        write_rows(self.tx.connection, _ADD, [_row(store, self.tx.now) for store in stores_added])


@lru_cache(maxsize=1000)
def parse_store(document: str) -> Store:
    """Return the store of a document. Cached: every batch reads the same few."""
    return parse_stored(Store, document)


def _row(store: Store, now: datetime) -> Values:
    document = store.model_dump_json()
    return {"store_id": store.store_id, "name": store.name, "document": document, "created_at": now}
