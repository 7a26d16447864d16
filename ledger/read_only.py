"""Read-only mode, the places where the database is known to be, and changes that were not sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from ledger.sql.rows import write_rows
from ledger.sql.statements import Upsert
from ledger.tables.read_only import database_places, read_only_mode, withheld_changes
from ledger.transaction import Transaction
from schemas.order import OrderKey
from schemas.read_only import ReadOnlyMode, WithheldChange

_SWITCH_ON = Upsert(read_only_mode)
_LEARN = Upsert(database_places)
_WITHHOLD = Upsert(
    withheld_changes,
    keys=("request", "store_id", "amazon_order_id"),
    change=lambda new: {"last_at": new.last_at, "times": withheld_changes.c.times + 1},
)


@dataclass(frozen=True, slots=True)
class ReadOnlyModes:
    """Read-only mode, in one transaction."""

    tx: Transaction

    def current(self) -> ReadOnlyMode | None:
        """Return the mode while it is on, None while it is off."""
        row = self.tx.connection.execute(select(read_only_mode)).first()
        return ReadOnlyMode(since=row.since, who=row.who, reason=row.reason) if row else None

    def switch_on(self, who: str, reason: str) -> None:
        """Switch the mode on; one that is on stays as it is."""
        row = {"id": 1, "since": self.tx.now, "who": who, "reason": reason}
        write_rows(self.tx.connection, _SWITCH_ON, [row])

    def switch_off(self) -> None:
        """Switch the mode off, and remove the withheld requests: they are made again."""
        self.tx.connection.execute(delete(read_only_mode))
        self.tx.connection.execute(delete(withheld_changes))

    def places(self) -> Collection[str]:
        """Return the places where the database is known to be."""
        return set(self.tx.connection.execute(select(database_places.c.place)).scalars())

    def learn_place(self, place: str) -> None:
        """Know the database to be at a place, too."""
        write_rows(self.tx.connection, _LEARN, [{"place": place, "known_since": self.tx.now}])

    def withhold(self, request: str, keys: Collection[OrderKey]) -> None:
        """Record that requests of a kind were not sent for these orders."""
        rows = [
            {"request": request, "store_id": store_id, "amazon_order_id": order_id}
            | {"first_at": self.tx.now, "last_at": self.tx.now, "times": 1}
            for store_id, order_id in sorted(set(keys))
        ]
        write_rows(self.tx.connection, _WITHHOLD, rows)

    def withheld(self, limit: int) -> Sequence[WithheldChange]:
        """Return the withheld requests, the latest first."""
        query = select(withheld_changes).order_by(withheld_changes.c.last_at.desc()).limit(limit)
        return [WithheldChange.model_validate(dict(row)) for row in self.tx.connection.execute(query).mappings()]

    def count_withheld(self) -> int:
        """Return how many changes were not sent."""
        return self.tx.connection.execute(select(func.count()).select_from(withheld_changes)).scalar_one()
