"""Matches: which catalog product a listing is, by store and seller SKU."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select

from ledger.sql.rows import fetch_by_keys, write_rows
from ledger.sql.statements import KeySelect, Upsert
from ledger.tables.core import matches
from ledger.transaction import Transaction

_KEY = ("store_id", "seller_sku")
_FIND = KeySelect(matches, _KEY, (*_KEY, "sku"))
_SAVE = Upsert(matches, keys=_KEY, change=lambda new: {"sku": new.sku})


@dataclass(frozen=True, slots=True)
class Match:
    """The listing *seller_sku* of a store is the catalog product *sku*."""

    store_id: str
    seller_sku: str
    sku: str


@dataclass(frozen=True, slots=True)
class Matches:
    """Matches of listings to products, in one transaction."""

    tx: Transaction

    def load(self, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Return the SKU for each (store id, seller SKU) that is matched."""
        rows = fetch_by_keys(self.tx.connection, _FIND, sorted(set(pairs)))
        return {(row.store_id, row.seller_sku): row.sku for row in rows}

    def all(self, store_id: str | None = None) -> list[Match]:
        """Return the matches of one store, or of all."""
        wanted = select(matches).order_by(matches.c.store_id, matches.c.seller_sku)
        if store_id is not None:
            wanted = wanted.where(matches.c.store_id == store_id)
        return [Match(row.store_id, row.seller_sku, row.sku) for row in self.tx.connection.execute(wanted)]

    def save(self, store_id: str, seller_sku: str, sku: str) -> None:
        """Write a match; a listing has one product at most."""
        row = {"store_id": store_id, "seller_sku": seller_sku, "sku": sku}
        write_rows(self.tx.connection, _SAVE, [row])

    def remove(self, store_id: str, seller_sku: str) -> bool:
        """Remove a match and tell whether there was one."""
        found = delete(matches).where(matches.c.store_id == store_id, matches.c.seller_sku == seller_sku)
        return self.tx.connection.execute(found.returning(matches.c.sku)).first() is not None
