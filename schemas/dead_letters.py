"""Dead letters and deferred events: messages that could not be handled, kept until they are resolved."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING

from pydantic import Field

from schemas.blockers import BlockerKind, Cause
from schemas.message import Message
from schemas.value import Value

if TYPE_CHECKING:
    from schemas.order import OrderKey


class DeadLetterType(StrEnum):
    """Why a message became a dead letter."""

    BLOCKED = "blocked"
    FAILED = "failed"
    UNREADABLE = "unreadable"
    CRASH = "crash"
    UNROUTED = "unrouted"


class LetterState(StrEnum):
    """The state of a dead letter: open for an operator, claimed by a replay, or ended."""

    OPEN = "open"
    REPLAYING = "replaying"
    RESOLVED = "resolved"
    DISCARDED = "discarded"


class ListedState(StrEnum):
    """The dead letters of a list: those in one state, or all."""

    OPEN = LetterState.OPEN.value
    REPLAYING = LetterState.REPLAYING.value
    RESOLVED = LetterState.RESOLVED.value
    DISCARDED = LetterState.DISCARDED.value
    ALL = "all"

    @property
    def letter_state(self) -> LetterState | None:
        """The one state, None for all."""
        return None if self is ListedState.ALL else LetterState(self.value)


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A message to dead-letter. `identity` makes repeats one letter: of a message, a request, or an order's state.

    `digest` is that of the message's contents, where it has a `message_key`. `source` is the event's, where it is known
    and not Crossdock.
    """

    identity: str
    letter_type: DeadLetterType
    consumer: str
    event: str
    reason: str
    message: Message
    message_key: bytes | None = None
    order: "OrderKey | None" = None
    causes: tuple[Cause, ...] = ()
    digest: bytes | None = None
    source: str | None = None


class DeadLetter(Value):
    """A dead letter without its message, whose body stays encrypted in the ledger. JSON calls `letter_type` `class`."""

    id: str
    letter_type: DeadLetterType = Field(serialization_alias="class")
    consumer: str
    event: str
    """The event type, such as `order.placed`."""
    amazon_order_id: str | None
    causes: tuple[Cause, ...]
    """The causes of a blocked order; empty for other letters."""
    attempts: int
    """The number of the message's failures."""
    first_at: datetime
    last_at: datetime
    """When the message failed first and last."""
    state: LetterState
    store_id: str | None
    reason: str
    """The last failure, in a sentence without personal data."""
    fingerprint: str = ""
    """Equal for letters whose class, consumer, event and reason are equal but for numbers."""
    replaced_by: str | None = None
    """The id of the edited message that replaced this one, if any."""
    publisher: str | None = None
    """The account that published the message, where it was none of Crossdock's and the message names it."""
    source: str | None = None
    """The source that the event states, where that is not Crossdock."""


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Filter of dead letters: all given criteria must hold. `kind` and `key` must be of the same cause.

    `ids` are whole ids, any of them. `since` and `until` limit when a letter's message failed last, `open_by` limits
    since when a letter has been open; the limits are included.
    """

    letter_type: DeadLetterType | None = None
    state: LetterState | None = None
    kind: BlockerKind | None = None
    key: str | None = None
    store_id: str | None = None
    consumer: str | None = None
    event: str | None = None
    amazon_order_id: str | None = None
    fingerprint: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    open_by: datetime | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EarlyEvent:
    """An event that came before its order: deferred in the ledger until the order is recorded.

    With `needs_store` it came before its store: deferred until the store is added.
    """

    consumer: str
    key: bytes
    event: str
    order: "OrderKey"
    message: Message
    due_at: datetime
    needs_store: bool = False


def _identity(*parts: str) -> str:
    """Return the parts as a path. Ids of stores and shipments may have slashes, which must not make two paths equal."""
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)


def blocked_identity(order: "OrderKey") -> str:
    """Return the identity of the one letter of a blocked order."""
    return _identity("blocked", *order)


def changed_identity(order: "OrderKey", difference: str) -> str:
    """Return the identity of the letter of an order that differs from its Commerce order, one for each difference."""
    return _identity("changed", *order, blake2b(difference.encode(), digest_size=8).hexdigest())


def parcel_identity(order: "OrderKey", shipment_id: str) -> str:
    """Return the identity of the one letter of a parcel with items that its order lacks."""
    return _identity("parcel", *order, shipment_id)


def request_identity(consumer: str, order: "OrderKey", subject: str = "") -> str:
    """Return the identity of the letter of a request about an order, or about a part, *subject*; of any message."""
    return _identity("request", consumer, *order, subject)


def message_identity(consumer: str, key: bytes) -> str:
    """Return the identity of a letter for one message of one consumer."""
    return f"message/{consumer}/{key.hex()}"


def forged_identity(consumer: str, digest: bytes) -> str:
    """Return the identity of the letter of an event that only Crossdock publishes, from somebody else, by its body."""
    return f"forged/{consumer}/{digest.hex()}"


def reused_id_identity(consumer: str, key: bytes, digest: bytes) -> str:
    """Return the identity of the letter of an event whose id was used before, one for each of its contents."""
    return f"reused-id/{consumer}/{key.hex()}/{digest.hex()}"
