"""Changed shipments: those that Commerce reported as changed, until they were read there and published.

Commerce reports a shipment before its transaction ends, and without its tracking number and order items. So a report is
recorded here, and answered, and the shipment read afterwards, until it has a tracking number.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, delete, func, select, update

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.commerce_changes import changed_shipments as table
from ledger.transaction import Transaction

_PUT = Upsert(table, keys=("shipment_id",), change=lambda new: {"version": table.c.version + 1, "due_at": new.due_at})


class ChangedShipment(NamedTuple):
    """A changed shipment that this process alone reads until its lease expires."""

    shipment_id: int
    version: int
    attempts: int


@dataclass(frozen=True, slots=True)
class ChangedShipments:
    """The changed shipments, in one transaction."""

    tx: Transaction

    def put(self, shipment_ids: Collection[int], delay: timedelta) -> None:
        """Schedule shipments to be read after *delay*; for one already scheduled, the delay begins again."""
        now, due = self.tx.now, self.tx.now + delay
        rows = [
            {"shipment_id": shipment_id, "version": 1, "notified_at": now, "due_at": due, "attempts": 0}
            for shipment_id in sorted(set(shipment_ids))
        ]
        write_rows(self.tx.connection, _PUT, rows)

    def claim(self, limit: int, lease: timedelta) -> list[ChangedShipment]:
        """Claim the shipments that are due longest and that no other process claims, at most *limit*."""
        query = (
            select(table)
            .where(table.c.due_at <= self.tx.now)
            .order_by(table.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = [
            ChangedShipment(row.shipment_id, row.version, row.attempts) for row in self.tx.connection.execute(query)
        ]
        ids = [shipment.shipment_id for shipment in claimed]
        leased = update(table).where(table.c.shipment_id.in_(ids)).values(due_at=self.tx.now + lease)
        self.tx.connection.execute(leased)
        return claimed

    def remove(self, shipments: Sequence[ChangedShipment]) -> None:
        """Remove shipments that were published; one that changed again meanwhile stays."""
        for shipment in shipments:
            same = and_(table.c.shipment_id == shipment.shipment_id, table.c.version == shipment.version)
            self.tx.connection.execute(delete(table).where(same))

    def postpone(self, shipment: ChangedShipment, delay: timedelta, attempts: int) -> None:
        """Have a shipment read again after *delay*, unless it changed meanwhile; *attempts* were in vain by now."""
        same = and_(table.c.shipment_id == shipment.shipment_id, table.c.version == shipment.version)
        self.tx.connection.execute(update(table).where(same).values(due_at=self.tx.now + delay, attempts=attempts))

    def release_claims(self) -> None:
        """Make all shipments due, as those are which a process claimed that has ended."""
        self.tx.connection.execute(update(table).values(due_at=self.tx.now))

    def due_before(self, instant: datetime) -> bool:
        """Whether a shipment was due before an instant, and nobody has read it since."""
        query = select(func.count()).select_from(table).where(table.c.due_at < instant)
        return self.tx.connection.execute(query).scalar_one() > 0

    def count(self) -> int:
        """Return how many shipments are to be read."""
        return self.tx.connection.execute(select(func.count()).select_from(table)).scalar_one()
