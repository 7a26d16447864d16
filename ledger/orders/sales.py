"""Sales figures: how many orders and which total each store has, by day of purchase (UTC), status and currency.

They are kept up to date by differences: an event that changes an order takes it from one sum and adds it to another.
A batch inserts its differences; the scheduler adds them to the sums; a reader sums up both.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, delete, func, select, true, union_all

from ledger.sql.rows import Part, write_rows
from ledger.sql.statements import Upsert
from ledger.tables.columns import Millionths
from ledger.tables.sales import daily_sales, daily_sales_changes
from ledger.transaction import Transaction
from schemas.order import Order, OrderKey

_KEY = ("store_id", "day", "status", "currency")
_ADD = Upsert(daily_sales_changes, returning=("store_id",))
_SUM = Upsert(
    daily_sales,
    keys=_KEY,
    change=lambda new: {
        "orders": daily_sales.c.orders + new.orders,
        "total": daily_sales.c.total + new.total,
    },
)

NO_CURRENCY = ""
"""The currency of orders whose total is not known."""


class DailySales(NamedTuple):
    """A sum: the orders of a store that were purchased on a day (`2026-05-01`) and have a status and a currency."""

    day: str
    status: str
    currency: str
    orders: int
    total: Decimal


class _Group(NamedTuple):
    store_id: str
    day: str
    status: str
    currency: str


@dataclass(frozen=True, slots=True)
class Sales:
    """Sales figures, in one transaction."""

    tx: Transaction

    def by_day(self, store_id: str, since: str) -> list[DailySales]:
        """Return a store's sums of the days from *since* on, in order."""
        condition = _column("store_id") == store_id
        query = _summed(("day", "status", "currency"), condition & (_column("day") >= since)).order_by("day")
        return [DailySales(*row) for row in self.tx.connection.execute(query)]

    def of_stores(self, stores: Sequence[str], since: str) -> dict[str, list[DailySales]]:
        """Return the sums of several stores by status and currency, of all days from *since* on; their day is ""."""
        condition = _column("store_id").in_(stores) & (_column("day") >= since)
        sums: dict[str, list[DailySales]] = {}
        for row in self.tx.connection.execute(_summed(("store_id", "status", "currency"), condition)):
            sums.setdefault(row[0], []).append(DailySales("", *row[1:]))
        return sums

    def counts(self, stores: Sequence[str], status: str) -> dict[str, int]:
        """Return how many orders of each of these stores have a status; stores without any are left out."""
        condition = _column("store_id").in_(stores) & (_column("status") == status)
        rows = self.tx.connection.execute(_summed(("store_id",), condition))
        return {row[0]: int(row[1]) for row in rows if row[1]}

    def of_all_days(self, store_id: str) -> list[DailySales]:
        """Return a store's sums by status and currency; their day is ""."""
        query = _summed(("status", "currency"), _column("store_id") == store_id)
        return [DailySales("", *row) for row in self.tx.connection.execute(query)]

    def count(self, store_id: str | None = None, statuses: Sequence[str] = ()) -> int:
        """Return how many orders there are, of a store and with one of these statuses where they are given."""
        of_store = _column("store_id") == store_id if store_id else true()
        of_statuses = _column("status").in_(statuses) if statuses else true()
        row = self.tx.connection.execute(_summed((), of_store & of_statuses)).one()
        return int(row[0] or 0)

    def sum_up(self, limit: int) -> int:
        """Add at most *limit* changes to the sums; return how many there were."""
        oldest = select(daily_sales_changes).order_by(daily_sales_changes.c.id).limit(limit)
        rows = self.tx.connection.execute(oldest.with_for_update(skip_locked=True)).all()
        sums = _Sums()
        for row in rows:
            sums.add(_Group(row.store_id, row.day, row.status, row.currency), row.orders, row.total)
        write_rows(self.tx.connection, _SUM, sums.rows())
        if rows:
            done = daily_sales_changes.c.id.in_([row.id for row in rows])
            self.tx.connection.execute(delete(daily_sales_changes).where(done))
        return len(rows)


class _Sums:
    """Numbers and totals by group."""

    def __init__(self) -> None:
        self._orders: dict[_Group, int] = defaultdict(int)
        self._totals: dict[_Group, Decimal] = defaultdict(Decimal)

    def add(self, group: _Group, orders: int, total: Decimal) -> None:
        self._orders[group] += orders
        self._totals[group] += total

    def rows(self) -> list[dict[str, object]]:
        """Return the groups that changed, in the order in which all transactions lock them."""
        return [
            {**group._asdict(), "orders": orders, "total": self._totals[group]}
            for group, orders in sorted(self._orders.items())
            if orders or self._totals[group]
        ]


def sales_insert(changed: Sequence[Order], stored: Mapping[OrderKey, Order]) -> Part:
    """Return the statement and the columns that insert the changed orders' sums; *stored* are the orders of before."""
    sums = _Sums()
    for order in changed:
        before = stored.get(order.key)
        group, total = _figures(order)
        if before is not None:
            group_before, total_before = _figures(before)
            if (group_before, total_before) == (group, total):
                continue
            sums.add(group_before, -1, -total_before)
        sums.add(group, 1, total)
    rows = sums.rows()
    return _ADD, {name: [row[name] for row in rows] for name in (*_KEY, "orders", "total")}


def _figures(order: Order) -> tuple[_Group, Decimal]:
    total, day = order.total, order.purchase_date.date().isoformat()
    if total is None:
        return _Group(order.store_id, day, order.status, NO_CURRENCY), Decimal(0)
    return _Group(order.store_id, day, order.status, total.currency), total.amount


_ALL = union_all(
    select(*(daily_sales.c[name] for name in (*_KEY, "orders", "total"))),
    select(*(daily_sales_changes.c[name] for name in (*_KEY, "orders", "total"))),
).subquery("all_sales")


def _column(name: str) -> ColumnElement[Any]:
    return _ALL.c[name]


def _summed(names: Sequence[str], condition: ColumnElement[bool]) -> Select[Any]:
    columns = [_column(name) for name in names]
    sums = (func.sum(_column("orders"), type_=Integer), func.sum(_column("total"), type_=Millionths))
    return select(*columns, *sums).where(condition).group_by(*columns)
