"""The history of a trial: the only input of the checker. No connection, no file, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.messages.delivery_audit import DeliveryKey
from schemas.order import OrderKey


@dataclass(frozen=True, slots=True)
class Sent:
    """A publication of upstream: its digest and inbox key, the number of attempts, and the instants of the confirms.

    `letters` are the identities of the dead letters that it may end in: requests for the same thing share one, and so
    do events about the same parcel.
    """

    digest: bytes
    delivery: DeliveryKey | None
    attempted: int
    confirmed: tuple[datetime, ...]
    routing_key: str = ""
    poison: bool = False
    letters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the inbox: done, failed, deferred or superseded."""

    state: str
    handled_at: datetime
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Books:
    """The books of the simulated Amazon and Commerce: the effects there, whatever the ledger records.

    `numbers` counts the order numbers that Commerce assigned, `numbered` the orders that have one; `surplus_pieces`
    were confirmed to Amazon beyond the order; `drift` is stock reserved for no order, by SKU; `shop` are the
    orders that Commerce has, `unknown` those of them that nobody placed.
    """

    numbers: int = 0
    numbered: int = 0
    surplus_pieces: int = 0
    drift: Mapping[str, int] = field(default_factory=dict)
    unknown: frozenset[OrderKey] = frozenset()
    shop: frozenset[OrderKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Backlog:
    """The work that is not finished in the end."""

    unsent: int = 0
    claimed: int = 0
    queued: Mapping[str, int] = field(default_factory=dict)
    unacknowledged: int = 0
    unconsumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """A replay in the end: its state, the number of letters selected, and their number by outcome."""

    replay_id: str
    state: str
    selected: int
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Recovery:
    """The seconds from the end of a fault until the last affected loop worked again, and the name of that loop.

    None: not within the limit; `last` names the loops that did not.
    """

    kind: str
    seconds: float | None
    last: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """Everything recorded. `follow_ups` are those of committed changes, with the instant of the commit.

    `nets` are digests of bodies in the broker's dead-letter and unrouted queues. `losses` are the instants until which
    the broker was made to lose messages, or the ledger to forget them; `forgotten` are follow-ups that it knew of
    before it was restored. `applied` counts the history entries of an event, by order and event id;
    `letters_replaying` are letters that belong to a replay; `orders` and `expected` are the final orders, as they are
    and as they must be.
    """

    sent: tuple[Sent, ...] = ()
    rows: Mapping[DeliveryKey, Row] = field(default_factory=dict)
    follow_ups: Mapping[DeliveryKey, datetime] = field(default_factory=dict)
    letters: frozenset[bytes] = frozenset()
    letter_keys: frozenset[DeliveryKey] = frozenset()
    letter_identities: frozenset[str] = frozenset()
    deferred: frozenset[DeliveryKey] = frozenset()
    nets: frozenset[bytes] = frozenset()
    losses: tuple[datetime, ...] = ()
    forgotten: frozenset[DeliveryKey] = frozenset()
    applied: Mapping[tuple[OrderKey, str], int] = field(default_factory=dict)
    ignored: int = 0
    blocked: int = 0
    orders: Mapping[OrderKey, Mapping[str, Any]] = field(default_factory=dict)
    expected: Mapping[OrderKey, Mapping[str, Any]] = field(default_factory=dict)
    books: Books = Books()
    backlog: Backlog = Backlog()
    replays: tuple[ReplayResult, ...] = ()
    letters_replaying: int = 0
    recoveries: tuple[Recovery, ...] = ()
    faults: Mapping[str, int] = field(default_factory=dict)
    complaints: tuple[str, ...] = ()
