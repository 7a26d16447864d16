"""Entries of an order's history and of the inbox: how a message was handled, and its follow-ups."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from schemas.message import Message
from schemas.order import OrderKey


class HistoryEntry(NamedTuple):
    """One line of an order's history: the event's name, the note for people, and the event's id.

    `publisher` is the account that published the event, where it was none of Crossdock's and the event names it;
    `source` the event's own source, where that is not Crossdock.
    """

    order: OrderKey
    event: str
    note: str
    event_id: str
    at: datetime
    publisher: str | None = None
    source: str | None = None


class InboxState(StrEnum):
    """The state of a message at a consumer. Only `failed` and `deferred` accept a redelivery with a higher epoch."""

    DONE = "done"
    FAILED = "failed"
    DEFERRED = "deferred"
    SUPERSEDED = "superseded"


class InboxEntry(NamedTuple):
    """A row of the inbox: a message that a consumer has handled, its follow-ups, and the digest of its contents.

    Rows that an earlier version wrote have no digest; that of an edited message is followed by the edit's.
    """

    key: bytes
    epoch: int
    state: InboxState
    follow_ups: tuple[Message, ...] = ()
    digest: bytes | None = None
