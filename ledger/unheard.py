"""What was said and never handled: a broker that lost its disk, a queue that someone wiped."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import case, exists, or_, select

from ledger.tables import inbox, outbox
from ledger.transaction import Transaction


def unhandled(tx: Transaction, consumers: Mapping[str, str], sent_before: datetime, most: int) -> list[int]:
    """Return the ids of outbox messages, said before this instant, that their consumer's inbox does not know.

    *consumers* maps each consumer to the event it takes. A message whose next try is in the outbox, unsaid or said
    since, is left out: it is on its way.
    """
    takers = {event: consumer for consumer, event in consumers.items()}
    taker = case(
        (outbox.c.to_consumer != "", outbox.c.to_consumer), else_=case(takers, value=outbox.c.name, else_=None)
    )
    later = outbox.alias("later")
    on_its_way = exists().where(
        later.c.message_id == outbox.c.message_id, or_(later.c.sent_at.is_(None), later.c.sent_at >= sent_before)
    )
    known = exists().where(inbox.c.consumer == taker, inbox.c.key == outbox.c.key, inbox.c.epoch >= outbox.c.epoch)
    wanted = (
        select(outbox.c.id)
        .where(outbox.c.sent_at < sent_before, outbox.c.key.is_not(None), taker.in_(list(consumers)))
        .where(~known, ~on_its_way)
        .order_by(outbox.c.sent_at)
        .limit(most)
    )
    return list(tx.connection.execute(wanted).scalars())
