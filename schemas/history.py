"""The journal's and the inbox's entries: what was done about a message, and what was said because of it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from schemas.message import Message
from schemas.order import OrderKey


class HistoryEntry(NamedTuple):
    """One line of an order's history: what happened (`event`), the note for people, and which event did it."""

    order: OrderKey
    event: str
    note: str
    event_id: str
    at: datetime


class InboxState(StrEnum):
    """What became of a message at a consumer. Only `failed` and `waiting` let a higher epoch through."""

    DONE = "done"
    FAILED = "failed"
    DEFERRED = "deferred"
    SUPERSEDED = "superseded"


class InboxEntry(NamedTuple):
    """A row of the inbox: a message that a consumer has taken, and the follow-ups it caused, sealed."""

    key: bytes
    epoch: int
    state: InboxState
    follow_ups: tuple[Message, ...] = ()
