"""Published messages that were never handled: a broker lost its disk, or someone purged a queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, or_, select, true

from ledger.tables.messages import inbox, outbox
from ledger.tables.metadata import equals_literal
from ledger.tables.replays import replay_items
from ledger.transaction import Transaction
from schemas.replays import ItemState


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Messages that were published and never handled, in one transaction."""

    tx: Transaction

    def unhandled(
        self, consumers: Mapping[str, str], since: datetime | None, before: datetime, limit: int
    ) -> list[int]:
        """Return the ids of outbox messages, sent between these instants, that their consumer's inbox does not have.

        *consumers* maps each consumer to its event. A message whose next attempt is in the outbox, unsent or sent
        since, is left out: it is in flight. Costs one look-up for each message sent in that time.
        """
        query = (
            select(outbox.c.id)
            .where(outbox.c.sent_at < before, true() if since is None else outbox.c.sent_at >= since)
            .where(outbox.c.key.is_not(None), _consumer(consumers).in_(list(consumers)))
            .where(~_in_inbox(consumers), ~_in_flight(before))
            .order_by(outbox.c.sent_at)
            .limit(limit)
        )
        return list(self.tx.connection.execute(query).scalars())

    def replay_items(self, sent_before: datetime, after: str, limit: int) -> list[str]:
        """Return the ids, after *after* and in order, of replayed letters without an outcome sent before this instant.

        `unhandled` does not find all of them: the inbox has no row of a message that is unreadable or unroutable.
        """
        is_sent = equals_literal(replay_items.c.state, ItemState.SENT.value)
        query = (
            select(replay_items.c.id)
            .where(is_sent, replay_items.c.sent_at < sent_before, replay_items.c.id > after)
            .order_by(replay_items.c.id)
            .limit(limit)
        )
        return list(self.tx.connection.execute(query).scalars())

    def published_before(self, message_ids: Sequence[str], sent_before: datetime) -> list[int]:
        """Return the outbox ids of those of the messages that were sent before this instant, and not since."""
        query = select(outbox.c.id).where(outbox.c.message_id.in_(message_ids), outbox.c.sent_at < sent_before)
        return list(self.tx.connection.execute(query.where(~_in_flight(sent_before))).scalars())


def _consumer(consumers: Mapping[str, str]) -> ColumnElement[str]:
    consumer_of = {event: consumer for consumer, event in consumers.items()}
    subscribed = case(consumer_of, value=outbox.c.name, else_=None)
    return case((outbox.c.to_consumer != "", outbox.c.to_consumer), else_=subscribed)


def _in_inbox(consumers: Mapping[str, str]) -> ColumnElement[bool]:
    same_message = (inbox.c.consumer == _consumer(consumers)) & (inbox.c.key == outbox.c.key)
    return exists().where(same_message, inbox.c.epoch >= outbox.c.epoch)


def _in_flight(sent_before: datetime) -> ColumnElement[bool]:
    later = outbox.alias("later")
    unsent_or_sent_since = or_(later.c.sent_at.is_(None), later.c.sent_at >= sent_before)
    return exists().where(later.c.message_id == outbox.c.message_id, unsent_or_sent_since)
