"""Changed orders: those that Amazon notified us of, until their present state was got and published.

However many notifications an order has, it is one row and one question. The rows are the durable record of the
questions: a queue of notifications can be emptied at once, and its visibility timeouts and its limit of deliveries do
not have to outlast Amazon's rates or an outage of hours.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Update, and_, delete, func, select, update

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.changed_orders import changed_orders as table
from ledger.transaction import Transaction
from schemas.order import OrderKey

UNDATED = timedelta(days=2)
"""An order without a ship date takes its turn as if it had to be shipped this long after its notification."""

_PUT = Upsert(
    table,
    keys=("store_id", "amazon_order_id"),
    change=lambda new: {"version": table.c.version + 1, "ship_by": new.ship_by},
)


class ChangedOrder(NamedTuple):
    """A changed order that this process alone asks Amazon for until its lease expires."""

    key: OrderKey
    version: int
    attempts: int


class Backlog(NamedTuple):
    """The number of changed orders that Amazon was not asked for yet, and when the first of them was notified."""

    orders: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class ChangedOrders:
    """The changed orders, in one transaction."""

    tx: Transaction

    def put(self, ship_dates: Mapping[OrderKey, datetime | None]) -> None:
        """Add orders with the dates until which they have to be shipped, where known; a known one counts as new."""
        fresh = {"version": 1, "notified_at": self.tx.now, "due_at": self.tx.now, "attempts": 0}
        rows = [
            {"store_id": key[0], "amazon_order_id": key[1], "ship_by": ship_by or self.tx.now + UNDATED, **fresh}
            for key, ship_by in sorted(ship_dates.items())
        ]
        write_rows(self.tx.connection, _PUT, rows)

    def claim(self, store_ids: Collection[str], lease: timedelta) -> ChangedOrder | None:
        """Claim the order of these stores that has to be shipped first, of those due that no other process claims."""
        query = (
            select(table)
            .where(table.c.due_at <= self.tx.now, table.c.store_id.in_(store_ids))
            .order_by(table.c.ship_by)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = self.tx.connection.execute(query).first()
        if row is None:
            return None
        order = ChangedOrder((row.store_id, row.amazon_order_id), row.version, row.attempts)
        self.tx.connection.execute(_change(order).values(due_at=self.tx.now + lease))
        return order

    def remove(self, order: ChangedOrder) -> None:
        """Remove an order whose state was published; one that was notified again meanwhile is due at once."""
        is_same = and_(_is(order), table.c.version == order.version)
        self.tx.connection.execute(delete(table).where(is_same))
        self.tx.connection.execute(_change(order).values(due_at=self.tx.now, attempts=0))

    def postpone(self, order: ChangedOrder, delay: timedelta, attempts: int) -> None:
        """Have Amazon asked for an order again after *delay*; *attempts* is how often it failed by now."""
        self.tx.connection.execute(_change(order).values(due_at=self.tx.now + delay, attempts=attempts))

    def release_claims(self) -> None:
        """Make all orders due, as those are which a process claimed that has ended."""
        self.tx.connection.execute(update(table).values(due_at=self.tx.now))

    def backlog(self, store_ids: Collection[str]) -> Backlog:
        """Return how many orders of these stores are to be asked for, and since when."""
        query = select(func.count(), func.min(table.c.notified_at)).where(table.c.store_id.in_(store_ids))
        row = self.tx.connection.execute(query).one()
        return Backlog(*row)


def _is(order: ChangedOrder) -> ColumnElement[bool]:
    return and_(table.c.store_id == order.key[0], table.c.amazon_order_id == order.key[1])


def _change(order: ChangedOrder) -> Update:
    return update(table).where(_is(order))
