"""Messages that the broker refused because a queue that takes them is full: sent again by the outbox, and only they.

Each attempt reaches the other queues of an event as well, as a repeat. So of each event one message at a time is tried,
with a growing delay, and when it is taken twice as many follow, until all are sent or one is refused again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, exists, func, select, update

from ledger.messages.outbox import Claimed, Outbox
from ledger.sql.rows import update_rows
from ledger.sql.statements import KeyUpdate
from ledger.tables.messages import REFUSED, outbox
from ledger.transaction import Transaction
from schemas.message import Message

FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(minutes=5)

OTHERS_DELAY = timedelta(hours=1)
"""For the messages that wait for another one to be taken; they are sent much sooner when it is."""

Address = tuple[str, str]
"""The consumer whose queue a message is for, empty for an event to all its queues; and the event's name."""

Refused = TypeVar("Refused", Message, Claimed)

_ROW = KeyUpdate(outbox, ("id",))


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """Messages of one event, for one consumer or for all queues (`consumer` is empty), that the broker refuses."""

    event: str
    consumer: str
    messages: int
    since: datetime


@dataclass(frozen=True, slots=True)
class RefusedMessages:
    """Refused messages, in one transaction."""

    tx: Transaction

    def put(self, messages: Sequence[Message]) -> None:
        """Add messages that were refused when they were published first; of each event one is tried soon."""
        for address, refused in _by_address((_address(message), message) for message in messages).items():
            first = 0 if self._is_tried(address) else 1
            Outbox(self.tx).put(refused[:first], self.tx.now + FIRST_DELAY, refusals=1)
            Outbox(self.tx).put(refused[first:], self.tx.now + OTHERS_DELAY, refusals=1)

    def postpone(self, claimed: Sequence[Claimed]) -> None:
        """Try refused messages again later, of each event one at first."""
        rows = []
        for refused in _by_address((_address(claim.message), claim) for claim in claimed).values():
            for index, claim in enumerate(sorted(refused, key=lambda claim: claim.outbox_id)):
                delay = OTHERS_DELAY if index else min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(claim.refusals, 10))
                rows.append({"id": claim.outbox_id, "due_at": self.tx.now + delay, "refusals": claim.refusals + 1})
        update_rows(self.tx.connection, _ROW, [{**row, "claimed_until": None} for row in rows])

    def release(self, sent: Sequence[Claimed]) -> None:
        """Make refused messages due of those events of which one was refused before and is sent now: twice as many."""
        taken = _by_address((_address(claim.message), claim) for claim in sent if claim.refusals)
        for address, messages in taken.items():
            waiting = (
                select(outbox.c.id)
                .where(REFUSED, _has(address), outbox.c.due_at > self.tx.now)
                .order_by(outbox.c.id)
                .limit(2 * len(messages))
                .with_for_update(skip_locked=True)
            )
            ids = self.tx.connection.execute(waiting).scalars().all()
            self.tx.connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(due_at=self.tx.now))

    def stuck(self) -> list[RefusedEvent]:
        """Return the events that the broker refuses, the one with most messages first."""
        by = (outbox.c.name, outbox.c.to_consumer)
        messages, since = func.count().label("messages"), func.min(outbox.c.created_at).label("since")
        query = select(*by, messages, since).where(REFUSED).group_by(*by).order_by(messages.desc(), *by)
        return [
            RefusedEvent(row.name, row.to_consumer, row.messages, row.since)
            for row in self.tx.connection.execute(query)
        ]

    def _is_tried(self, address: Address) -> bool:
        return bool(self.tx.connection.execute(select(exists().where(REFUSED, _has(address)))).scalar())


def _has(address: Address) -> ColumnElement[bool]:
    consumer, event = address
    return (outbox.c.to_consumer == consumer) & (outbox.c.name == event)


def _address(message: Message) -> Address:
    return message.to or "", message.name


def _by_address(messages: Iterable[tuple[Address, Refused]]) -> dict[Address, list[Refused]]:
    grouped: dict[Address, list[Refused]] = defaultdict(list)
    for address, message in messages:
        grouped[address].append(message)
    return grouped
