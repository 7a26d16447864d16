"""Forgetting: what nobody needs any more is removed, a bounded number of rows at a time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, exists, or_, select, tuple_, update

from ledger.dead_letters.letters import OPEN
from ledger.tables.core import STILL_EARLY, dead_letters, early_events, inbox, outbox, vault
from ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class PurgeResult:
    """How many rows were removed; as many as were allowed means that there is more."""

    personal: int
    early: int
    inbox: int
    outbox: int
    letter_bodies: int

    @property
    def rows(self) -> int:
        """All of them."""
        return self.personal + self.early + self.inbox + self.outbox + self.letter_bodies


@dataclass(frozen=True, slots=True)
class Retention:
    """What is destroyed once nobody needs it, in one transaction."""

    tx: Transaction

    def purge(self, before: datetime, limit: int) -> PurgeResult:
        """Remove expired personal data, and what was done before this instant: at most *most* rows of a table.

        Inbox rows whose message stands in an open letter or waits early are kept, or its late copy would be handled.
        Of settled letters and early events the message goes, which may hold personal data. The journal stays.
        """
        return PurgeResult(
            personal=_delete(self.tx, vault, vault.c.expires_at <= self.tx.now, limit),
            early=_delete(self.tx, early_events, ~STILL_EARLY & (early_events.c.changed_at < before), limit),
            inbox=_delete(self.tx, inbox, (inbox.c.handled_at < before) & ~_still_open(), limit),
            outbox=_delete(self.tx, outbox, outbox.c.sent_at < before, limit),
            letter_bodies=_empty_letters(self.tx, before, limit),
        )


def _still_open() -> ColumnElement[bool]:
    letter = exists().where(
        dead_letters.c.message_key == inbox.c.key,
        dead_letters.c.consumer == inbox.c.consumer,
        dead_letters.c.state.in_(OPEN),
    )
    early = exists().where(early_events.c.consumer == inbox.c.consumer, early_events.c.key == inbox.c.key, STILL_EARLY)
    return or_(letter, early)


def _delete(tx: Transaction, table: Table, condition: ColumnElement[bool], limit: int) -> int:
    key = tuple(table.primary_key.columns)
    chosen = select(*key).where(condition).limit(limit)
    gone = delete(table).where(tuple_(*key).in_(chosen)).returning(key[0])
    return len(tx.connection.execute(gone).all())


def _empty_letters(tx: Transaction, before: datetime, limit: int) -> int:
    settled = (dead_letters.c.resolved_at < before) & dead_letters.c.body.is_not(None)
    chosen = select(dead_letters.c.id).where(settled & dead_letters.c.state.not_in(OPEN)).limit(limit)
    emptied = update(dead_letters).where(dead_letters.c.id.in_(chosen)).values(body=None, difference=None)
    return len(tx.connection.execute(emptied.returning(dead_letters.c.id)).all())
