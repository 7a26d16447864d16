"""Dead letters and early events: what could not be handled, kept until a person or another event settles it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from schemas.blockers import Cause
from schemas.message import Message
from schemas.order import OrderKey


class DeadLetterType(StrEnum):
    """Why a message became a dead letter."""

    BLOCKED = "blocked"
    FAILED = "failed"
    UNREADABLE = "unreadable"
    CRASH = "crash"
    UNROUTED = "unrouted"


class LetterState(StrEnum):
    """What became of a dead letter."""

    OPEN = "open"
    REPLAYING = "replaying"
    RESOLVED = "resolved"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A message to be set aside. `identity` makes repeats one letter: of a message, a request, or an order's state."""

    identity: str
    letter_type: DeadLetterType
    consumer: str
    event: str
    reason: str
    message: Message
    message_key: bytes | None = None
    order: OrderKey | None = None
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter as it is listed; its body stays encrypted in the ledger.

    `fingerprint` is common to letters that failed alike. `replaced_by` is the id of the edited message, if any.
    """

    id: str
    letter_type: DeadLetterType
    consumer: str
    event: str
    reason: str
    store_id: str | None
    amazon_order_id: str | None
    causes: tuple[Cause, ...]
    attempts: int
    first_at: datetime
    last_at: datetime
    state: LetterState
    fingerprint: str = ""
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class EarlyEvent:
    """An event that came before its order: it waits in the ledger until the order is recorded."""

    consumer: str
    key: bytes
    event: str
    order: OrderKey
    message: Message
    due_at: datetime


def blocked_identity(order: OrderKey) -> str:
    """Return the identity of the one letter of a blocked order."""
    return f"blocked/{order[0]}/{order[1]}"


def changed_identity(order: OrderKey, difference: str) -> str:
    """Return the identity of the letter of an order that differs so from its Commerce order: another one, another."""
    return f"changed/{order[0]}/{order[1]}/{blake2b(difference.encode(), digest_size=8).hexdigest()}"


def parcel_identity(order: OrderKey, shipment_id: str) -> str:
    """Return the identity of the one letter of a parcel that waits for what its order lacks."""
    return f"parcel/{order[0]}/{order[1]}/{shipment_id}"


def request_identity(consumer: str, order: OrderKey, subject: str = "") -> str:
    """Return the identity of the letter of what is asked for an order, by whichever message; *subject*: of a part."""
    return "/".join(("request", consumer, *order, subject))


def message_identity(consumer: str, key: bytes) -> str:
    """Return the identity of a letter for one message of one consumer."""
    return f"message/{consumer}/{key.hex()}"
