"""Unknown stores: those that deferred events need and nobody has added."""

from dataclasses import dataclass

from sqlalchemy import func, select

from ledger.tables.messages import NEEDS_STORE, early_events
from ledger.transaction import Transaction
from schemas.store import UnknownStore


@dataclass(frozen=True, slots=True)
class UnknownStores:
    """The unknown stores of deferred events, in one transaction."""

    tx: Transaction

    def largest(self, limit: int) -> list[UnknownStore]:
        """Return the stores that events wait for, those with the most events first, at most *limit*."""
        events = func.count().label("events")
        columns = (early_events.c.store_id, events, func.min(early_events.c.changed_at).label("since"))
        query = select(*columns).where(NEEDS_STORE).group_by(early_events.c.store_id)
        rows = self.tx.connection.execute(query.order_by(events.desc(), early_events.c.store_id).limit(limit))
        return [UnknownStore(store_id=row.store_id, events=row.events, since=row.since) for row in rows]

    def count(self) -> tuple[int, int]:
        """Return how many events wait for a store, and for how many stores."""
        columns = (func.count(), func.count(early_events.c.store_id.distinct()))
        events, waited_for = self.tx.connection.execute(select(*columns).where(NEEDS_STORE)).one()
        return events, waited_for
