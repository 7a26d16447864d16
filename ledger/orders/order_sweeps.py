"""Sweeps: searches for changed orders at Amazon, each from the end of the last one, page by page and by any process."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.order_sweeps import order_sweeps as table
from ledger.transaction import Transaction

_ADD = Upsert(table)


class OrderSweep(NamedTuple):
    """The next page of a search: changes from `swept_until` to `search_until`; no other process asks for it."""

    seller_id: str
    swept_until: datetime
    search_until: datetime
    page_token: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class OrderSweeps:
    """The sweep of each seller, in one transaction."""

    tx: Transaction

    def claim(self, seller_id: str, first: timedelta, lag: timedelta, lease: timedelta) -> OrderSweep | None:
        """Claim the next page to be asked for, None while none is due, or another process asks.

        A new search goes until *lag* ago; the first of a seller begins *first* ago.
        """
        since = self.tx.now - first
        row = {"seller_id": seller_id, "swept_until": since, "search_until": since, "page_token": None}
        write_rows(self.tx.connection, _ADD, [row | {"due_at": self.tx.now, "attempts": 0}])
        query = select(table).where(table.c.seller_id == seller_id, table.c.due_at <= self.tx.now)
        sweep = self.tx.connection.execute(query.with_for_update(skip_locked=True)).first()
        if sweep is None:
            return None
        until = sweep.search_until
        if until == sweep.swept_until:
            until = max(until, self.tx.now - lag)
        self._change(seller_id, search_until=until, due_at=self.tx.now + lease)
        return OrderSweep(seller_id, sweep.swept_until, until, sweep.page_token, sweep.attempts)

    def go_on(self, sweep: OrderSweep, page_token: str) -> None:
        """Have the next page asked for."""
        self._change(sweep.seller_id, page_token=page_token, due_at=self.tx.now, attempts=0)

    def finish(self, sweep: OrderSweep, pause: timedelta) -> None:
        """Record that all pages were read, and have the next search begin after *pause*."""
        ended = {"swept_until": sweep.search_until, "search_until": sweep.search_until, "page_token": None}
        self._change(sweep.seller_id, **ended, due_at=self.tx.now + pause, attempts=0)

    def postpone(self, sweep: OrderSweep, delay: timedelta, attempts: int) -> None:
        """Have the same page asked for again after *delay*."""
        self._change(sweep.seller_id, due_at=self.tx.now + delay, attempts=attempts)

    def restart(self, sweep: OrderSweep) -> None:
        """Begin the search again from its start, because Amazon no longer accepts its token."""
        ended = {"search_until": sweep.swept_until, "page_token": None}
        self._change(sweep.seller_id, **ended, due_at=self.tx.now, attempts=sweep.attempts + 1)

    def release_claims(self) -> None:
        """Make the next page of every seller due, as that is which a process claimed that has ended."""
        self.tx.connection.execute(update(table).values(due_at=self.tx.now))

    def swept_until(self, seller_id: str) -> datetime | None:
        """Return the instant before which all changes are known, None before the first search."""
        query = select(table.c.swept_until).where(table.c.seller_id == seller_id)
        return self.tx.connection.execute(query).scalar()

    def _change(self, seller_id: str, **values: object) -> None:
        self.tx.connection.execute(update(table).where(table.c.seller_id == seller_id).values(**values))
