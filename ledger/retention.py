"""Retention: delete messages whose time is over, a bounded number of rows at a time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, exists, or_, select, tuple_, update

from ledger.dead_letters.letters import UNRESOLVED_STATES
from ledger.tables.communication import communication_errors
from ledger.tables.dead_letters import dead_letters
from ledger.tables.messages import UNFINISHED, early_events, inbox, outbox
from ledger.transaction import Transaction
from schemas.personal import OWN_EVENTS


@dataclass(frozen=True, slots=True)
class PurgeResult:
    """Numbers of purged rows, by table. A number as high as the limit means that there are more."""

    early: int
    inbox: int
    outbox: int
    letter_bodies: int
    communication_errors: int = 0

    @property
    def rows(self) -> int:
        """The number of all purged rows."""
        return self.early + self.inbox + self.outbox + self.letter_bodies + self.communication_errors


@dataclass(frozen=True, slots=True)
class Retention:
    """The purge of data whose time is over, in one transaction."""

    tx: Transaction

    def purge(self, before: datetime, limit: int, personal_before: datetime | None = None) -> PurgeResult:
        """Delete messages finished before this instant, at most *limit* rows of a table.

        Messages that were sent and may have personal data are deleted if that was before *personal_before*, which is
        later: after some days, when it is known that they were handled, nobody needs them.
        Inbox rows of messages in unresolved letters or deferred events stay, or a late copy would be handled again. Of
        resolved and discarded letters the message is deleted, which may contain personal data. The order history stays.
        """
        return PurgeResult(
            early=self._delete(early_events, ~UNFINISHED & (early_events.c.changed_at < before), limit),
            inbox=self._delete(inbox, (inbox.c.handled_at < before) & ~_is_unfinished(), limit),
            outbox=self._delete(outbox, _is_sent(before, personal_before or before), limit),
            letter_bodies=self._delete_letter_bodies(before, limit),
            communication_errors=self._delete(communication_errors, communication_errors.c.at < before, limit),
        )

    def _delete(self, table: Table, condition: ColumnElement[bool], limit: int) -> int:
        key = tuple(table.primary_key.columns)
        chosen = select(*key).where(condition).limit(limit)
        query = delete(table).where(tuple_(*key).in_(chosen)).returning(key[0])
        return len(self.tx.connection.execute(query).all())

    def _delete_letter_bodies(self, before: datetime, limit: int) -> int:
        is_over = (dead_letters.c.resolved_at < before) & dead_letters.c.state.not_in(UNRESOLVED_STATES)
        chosen = select(dead_letters.c.id).where(is_over, dead_letters.c.body.is_not(None)).limit(limit)
        query = update(dead_letters).where(dead_letters.c.id.in_(chosen)).values(body=None, difference=None)
        return len(self.tx.connection.execute(query.returning(dead_letters.c.id)).all())


def _is_sent(before: datetime, personal_before: datetime) -> ColumnElement[bool]:
    may_be_personal = outbox.c.name.not_in(OWN_EVENTS)
    return (outbox.c.sent_at < before) | ((outbox.c.sent_at < personal_before) & may_be_personal)


def _is_unfinished() -> ColumnElement[bool]:
    """Return whether the message of an inbox row is in an unresolved letter or a deferred event."""
    unresolved = exists().where(
        dead_letters.c.message_key == inbox.c.key,
        dead_letters.c.consumer == inbox.c.consumer,
        dead_letters.c.state.in_(UNRESOLVED_STATES),
    )
    same = (early_events.c.consumer == inbox.c.consumer, early_events.c.key == inbox.c.key)
    deferred = exists().where(*same, UNFINISHED)
    return or_(unresolved, deferred)
