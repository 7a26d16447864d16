"""Backfills: the jobs, how far each is, and which process asks for its next page."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from ledger.pages import before
from ledger.tables.backfills import backfills as table
from ledger.transaction import Transaction
from schemas.backfills import Backfill, BackfillState

_RUNNING = table.c.state == BackfillState.RUNNING.value


@dataclass(frozen=True, slots=True)
class Backfills:
    """Backfills, in one transaction."""

    tx: Transaction

    def start(self, backfill: Backfill) -> None:
        """Record a backfill, whose first page is due at once."""
        self.tx.connection.execute(insert(table).values(**_row(backfill), due_at=self.tx.now))

    def by_prefix(self, id_prefix: str) -> list[Backfill]:
        """Return backfills whose id has this prefix, at most two: with two it is ambiguous."""
        query = select(table).where(table.c.id.startswith(id_prefix, autoescape=True)).limit(2)
        return [_read(row) for row in self.tx.connection.execute(query).mappings()]

    def latest(self, limit: int, after: tuple[datetime, str] | None = None) -> list[Backfill]:
        """Return backfills, those started last first, after the one that started then and has this id."""
        position = (table.c.started_at, table.c.id)
        query = select(table).order_by(*(column.desc() for column in position)).limit(limit)
        if after is not None:
            query = query.where(before(position, after))
        return [_read(row) for row in self.tx.connection.execute(query).mappings()]

    def running(self, seller_id: str) -> int:
        """Return how many backfills of a seller share its rate."""
        query = select(func.count()).where(table.c.seller_id == seller_id, _RUNNING)
        return self.tx.connection.execute(query).scalar_one()

    def claim(self, seller_id: str, lease: timedelta) -> Backfill | None:
        """Claim the next page to be asked for, None while none is due, or other processes ask; jobs take turns."""
        due = (table.c.seller_id == seller_id) & _RUNNING & (table.c.due_at <= self.tx.now)
        query = select(table).where(due).order_by(table.c.due_at, table.c.id).limit(1)
        row = self.tx.connection.execute(query.with_for_update(skip_locked=True)).mappings().first()
        if row is None:
            return None
        self._change(row["id"], {"due_at": self.tx.now + lease})
        return _read(row)

    def lock(self, backfill_id: str) -> Backfill:
        """Return a backfill as it is now, locked until the transaction ends."""
        query = select(table).where(table.c.id == backfill_id).with_for_update()
        return _read(self.tx.connection.execute(query).mappings().one())

    def save(self, backfill: Backfill, delay: timedelta = timedelta(0)) -> None:
        """Write a backfill that was locked; its next page is due after *delay*."""
        self._change(backfill.id, {**_row(backfill), "due_at": self.tx.now + delay})

    def release_claims(self) -> None:
        """Make the next pages of running backfills due, as those are which a process claimed that has ended."""
        self.tx.connection.execute(update(table).where(_RUNNING).values(due_at=self.tx.now))

    def _change(self, backfill_id: str, values: Mapping[str, Any]) -> None:
        self.tx.connection.execute(update(table).where(table.c.id == backfill_id).values(**values))


def _row(backfill: Backfill) -> dict[str, Any]:
    row = asdict(backfill)
    return row | {"window_seconds": round(row.pop("window").total_seconds()), "state": backfill.state.value}


def _read(row: Mapping[Any, Any]) -> Backfill:
    values = {name: value for name, value in row.items() if name not in ("due_at", "window_seconds", "state")}
    window = timedelta(seconds=row["window_seconds"])
    return Backfill(**values, window=window, state=BackfillState(row["state"]))
