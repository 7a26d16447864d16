"""Matches of listings, by store and seller SKU, to catalog products."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select

from ledger import pages
from ledger.sql.rows import fetch_by_keys, write_rows
from ledger.sql.statements import KeySelect, Upsert
from ledger.tables.orders import matches
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
        """Return the SKU for each matched (store id, seller SKU)."""
        rows = fetch_by_keys(self.tx.connection, _FIND, sorted(set(pairs)))
        return {(row.store_id, row.seller_sku): row.sku for row in rows}

    def after(self, after: tuple[str, str] | None, limit: int, store_id: str | None = None) -> list[Match]:
        """Return the matches after a store and seller SKU, in their order, of one store or of all."""
        key = (matches.c.store_id, matches.c.seller_sku)
        query = select(matches).order_by(*key).limit(limit)
        if after is not None:
            query = query.where(pages.after(key, after))
        if store_id is not None:
            query = query.where(matches.c.store_id == store_id)
        return [Match(row.store_id, row.seller_sku, row.sku) for row in self.tx.connection.execute(query)]

    def save(self, store_id: str, seller_sku: str, sku: str) -> None:
        """Write a match. It replaces the listing's match, if any."""
        row = {"store_id": store_id, "seller_sku": seller_sku, "sku": sku}
        write_rows(self.tx.connection, _SAVE, [row])

    def remove(self, store_id: str, seller_sku: str) -> bool:
        """Remove a match. Returns whether there was one."""
        query = delete(matches).where(matches.c.store_id == store_id, matches.c.seller_sku == seller_sku)
        return self.tx.connection.execute(query.returning(matches.c.sku)).first() is not None
