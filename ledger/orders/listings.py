"""Listings that orders name: how many orders have each, its ASIN, and the order that was purchased last.

They are kept up to date by differences, as sales figures are: a batch inserts its orders' differences, the scheduler
adds that to the listings, a reader adds up both. An order that keeps its listings costs nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Select, case, delete, func, select, union_all

from ledger import pages
from ledger.sql.rows import Part, write_rows
from ledger.sql.statements import Excluded, Upsert
from ledger.tables.listings import listing_changes, listings
from ledger.transaction import Transaction
from schemas.order import Order, OrderKey

ListingKey = tuple[str, str]
"""A listing's key: (store_id, seller_sku)."""

_Columns = Sequence[Column[Any]]
_Conditions = Callable[[_Columns], list[ColumnElement[bool]]]

_KEY = ("store_id", "seller_sku")
_FACTS = ("asin", "orders", "last_order", "last_at")


class ListedListing(NamedTuple):
    """A listing, the number of orders that have it, and the one of them that was purchased last, where that is known.

    `orders` is 0 for a minute after the last order lost it.
    """

    store_id: str
    seller_sku: str
    asin: str | None
    orders: int
    last_order: str | None
    last_at: datetime | None

    @property
    def key(self) -> ListingKey:
        """The listing's key."""
        return self.store_id, self.seller_sku

    def plus(self, later: "ListedListing") -> "ListedListing":
        """Return the sum with another change of the same listing."""
        of_last = later if _is_later(later.last_at, self.last_at) else self
        orders, asin = self.orders + later.orders, later.asin or self.asin
        return ListedListing(*self.key, asin, orders, of_last.last_order, of_last.last_at)


def _is_later(instant: datetime | None, than: datetime | None) -> bool:
    return than is None or (instant is not None and instant >= than)


def _added(new: Excluded) -> dict[str, Any]:
    is_last = listings.c.last_at.is_(None) | (new.last_at >= listings.c.last_at)
    last = {name: case((is_last, new[name]), else_=listings.c[name]) for name in ("last_order", "last_at")}
    return {"orders": listings.c.orders + new.orders, "asin": func.coalesce(new.asin, listings.c.asin), **last}


_ADD = Upsert(listing_changes, returning=("store_id",))
_SUM = Upsert(listings, keys=_KEY, change=_added)


@dataclass(frozen=True, slots=True)
class Listings:
    """Listings, in one transaction."""

    tx: Transaction

    def after(self, after: ListingKey | None, limit: int, store_id: str | None = None) -> list[ListedListing]:
        """Return the listings after *after*, by store and seller SKU, of one store or all."""
        return self._read(limit, lambda columns: _beyond(columns, after, store_id))

    def find(self, store_id: str, seller_sku: str) -> ListedListing | None:
        """Return a listing, or None where no order has it."""
        rows = self._read(1, lambda columns: [columns[0] == store_id, columns[1] == seller_sku])
        return rows[0] if rows else None

    def sum_up(self, limit: int) -> int:
        """Add at most *limit* changes to the listings; return how many there were."""
        oldest = select(listing_changes).order_by(listing_changes.c.id).limit(limit)
        rows = self.tx.connection.execute(oldest.with_for_update(skip_locked=True)).all()
        changes = [ListedListing(*(getattr(row, name) for name in (*_KEY, *_FACTS))) for row in rows]
        write_rows(self.tx.connection, _SUM, [change._asdict() for change in _summed(changes)])
        if rows:
            done = listing_changes.c.id.in_([row.id for row in rows])
            self.tx.connection.execute(delete(listing_changes).where(done))
        return len(rows)

    def _read(self, limit: int, conditions: _Conditions) -> list[ListedListing]:
        rows = self.tx.connection.execute(_with_changes(limit, conditions))
        return [ListedListing(*row) for row in rows]


def listings_insert(changed: Sequence[Order], stored: Mapping[OrderKey, Order]) -> Part:
    """Return the statement and the columns that insert the orders' differences; *stored* are the orders of before."""
    changes = []
    for order in changed:
        before = stored.get(order.key)
        if before is None or before.lines is not order.lines:
            changes += _changes(order, before)
    rows = _summed(changes)
    return _ADD, {name: [getattr(row, name) for row in rows] for name in (*_KEY, *_FACTS)}


def _changes(order: Order, before: Order | None) -> list[ListedListing]:
    had, has = (_asins(before) if before else {}), _asins(order)
    if had == has:
        return []
    last = order.amazon_order_id, order.purchase_date
    gained = [
        ListedListing(order.store_id, sku, asin, int(sku not in had), *last)
        for sku, asin in has.items()
        if sku not in had or had[sku] != asin
    ]
    lost = had.keys() - has.keys()
    return [*gained, *(ListedListing(order.store_id, sku, None, -1, None, None) for sku in lost)]


def _asins(order: Order) -> dict[str, str | None]:
    return {line.seller_sku: line.asin for line in order.lines}


def _summed(changes: Sequence[ListedListing]) -> list[ListedListing]:
    """Return one change for each listing, in the order in which all transactions lock them."""
    sums: dict[ListingKey, ListedListing] = {}
    for change in changes:
        earlier = sums.get(change.key)
        sums[change.key] = earlier.plus(change) if earlier else change
    return [sums[key] for key in sorted(sums)]


def _beyond(columns: _Columns, after: ListingKey | None, store_id: str | None) -> list[ColumnElement[bool]]:
    conditions = [] if store_id is None else [columns[0] == store_id]
    return conditions if after is None else [*conditions, pages.after(columns, after)]


def _with_changes(limit: int, conditions: _Conditions) -> Select[Any]:
    """Return the query of the first listings, each with its changes: there are few, those of a minute."""
    rows = [
        select(*(table.c[name] for name in (*_KEY, *_FACTS)))
        .where(*conditions([table.c[name] for name in _KEY]))
        .order_by(*(table.c[name] for name in _KEY))
        for table in (listings, listing_changes)
    ]
    summed = rows[0].where(listings.c.orders > 0).limit(limit).subquery()
    merged = union_all(select(summed), select(rows[1].subquery())).subquery()
    key = [merged.c[name] for name in _KEY]
    last = func.first_value(merged.c.last_order).over(partition_by=key, order_by=merged.c.last_at.desc().nulls_last())
    dated = select(*key, merged.c.asin, merged.c.orders, last.label("last_order"), merged.c.last_at).subquery()
    key = [dated.c[name] for name in _KEY]
    facts = (func.max(dated.c.asin), func.sum(dated.c.orders), func.max(dated.c.last_order), func.max(dated.c.last_at))
    return select(*key, *facts).group_by(*key).order_by(*key).limit(limit)
