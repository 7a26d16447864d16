"""What was said and never handled: a broker that lost its disk, a queue that someone wiped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, or_, select, true

from ledger.tables.core import inbox, is_word, outbox
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
        """Return the ids of outbox messages, said between these instants, that their consumer's inbox does not know.

        *consumers* maps each consumer to the event it takes. A message whose next try is in the outbox, unsaid or said
        since, is left out: it is on its way. It costs a look for every message of that time.
        """
        wanted = (
            select(outbox.c.id)
            .where(outbox.c.sent_at < before, true() if since is None else outbox.c.sent_at >= since)
            .where(outbox.c.key.is_not(None), _taker(consumers).in_(list(consumers)))
            .where(~_known(consumers), ~_on_its_way(before))
            .order_by(outbox.c.sent_at)
            .limit(limit)
        )
        return list(self.tx.connection.execute(wanted).scalars())

    def replay_items(self, sent_before: datetime, after: str, limit: int) -> list[str]:
        """Return the places in replays of letters that were sent before this instant and have no outcome.

        They come in order of their ids, after *after*. The inbox does not know all of them: it has no row of a
        message that is unreadable or that no consumer takes.
        """
        sent = is_word(replay_items.c.state, ItemState.SENT.value)
        wanted = select(replay_items.c.id).where(sent, replay_items.c.sent_at < sent_before, replay_items.c.id > after)
        return list(self.tx.connection.execute(wanted.order_by(replay_items.c.id).limit(limit)).scalars())

    def published_before(self, message_ids: Sequence[str], sent_before: datetime) -> list[int]:
        """Return the outbox ids of those of the messages that were said before this instant, and not since."""
        wanted = select(outbox.c.id).where(outbox.c.message_id.in_(message_ids), outbox.c.sent_at < sent_before)
        return list(self.tx.connection.execute(wanted.where(~_on_its_way(sent_before))).scalars())


def _taker(consumers: Mapping[str, str]) -> ColumnElement[str]:
    takers = {event: consumer for consumer, event in consumers.items()}
    named = case(takers, value=outbox.c.name, else_=None)
    return case((outbox.c.to_consumer != "", outbox.c.to_consumer), else_=named)


def _known(consumers: Mapping[str, str]) -> ColumnElement[bool]:
    at_its_taker = (inbox.c.consumer == _taker(consumers)) & (inbox.c.key == outbox.c.key)
    return exists().where(at_its_taker, inbox.c.epoch >= outbox.c.epoch)


def _on_its_way(sent_before: datetime) -> ColumnElement[bool]:
    later = outbox.alias("later")
    unsaid_or_since = or_(later.c.sent_at.is_(None), later.c.sent_at >= sent_before)
    return exists().where(later.c.message_id == outbox.c.message_id, unsaid_or_since)
