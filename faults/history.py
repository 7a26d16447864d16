"""What is recorded of a trial, and all that the checker looks at. No connection, no file, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.messages.delivery_audit import DeliveryKey
from schemas.order import OrderKey


@dataclass(frozen=True, slots=True)
class Sent:
    """Something that upstream published: what it is known by, how often it was tried, and when it was confirmed.

    `letters` are the identities of those that it may be set aside in: requests for the same thing share one, and
    tellings of the same parcel.
    """

    digest: bytes
    heard: DeliveryKey | None
    attempted: int
    confirmed: tuple[datetime, ...]
    routing_key: str = ""
    poison: bool = False
    letters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the inbox: done, failed, waiting or superseded."""

    state: str
    handled_at: datetime
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Books:
    """The books of the simulated Amazon and Commerce: what was done there, whoever believes what.

    `numbers` is how many order numbers Commerce gave out, `numbered` how many orders bear one; `surplus_pieces` were
    told to Amazon beyond what was ordered; `drift` is stock reserved for nobody, by SKU.
    """

    numbers: int = 0
    numbered: int = 0
    surplus_pieces: int = 0
    drift: Mapping[str, int] = field(default_factory=dict)
    unknown: frozenset[OrderKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Quiet:
    """What has not come to rest in the end."""

    unsent: int = 0
    claimed: int = 0
    queued: Mapping[str, int] = field(default_factory=dict)
    unacknowledged: int = 0
    unconsumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """A replay in the end: its state, how many letters it held, and how many came to which outcome."""

    replay_id: str
    state: str
    held: int
    ended: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Recovery:
    """How long after a fault ended the last of the loops that it hit worked again, and which that was.

    None: not within the time given; `last` names those that did not.
    """

    kind: str
    seconds: float | None
    last: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """All of it. `said` is what follows from commits, with the instant; `nets` are bodies in the broker's safety nets.

    `losses` are the instants until which the broker was made to forget. `applied` counts the journal's entries of an
    event, by order and event id; `still_replayed` are letters that belong to a replay; `orders` and `expected` are the
    orders in the end, as they are and as they must be.
    """

    sent: tuple[Sent, ...] = ()
    rows: Mapping[DeliveryKey, Row] = field(default_factory=dict)
    said: Mapping[DeliveryKey, datetime] = field(default_factory=dict)
    letters: frozenset[bytes] = frozenset()
    letter_keys: frozenset[DeliveryKey] = frozenset()
    letter_identities: frozenset[str] = frozenset()
    waiting: frozenset[DeliveryKey] = frozenset()
    nets: frozenset[bytes] = frozenset()
    losses: tuple[datetime, ...] = ()
    applied: Mapping[tuple[OrderKey, str], int] = field(default_factory=dict)
    ignored: int = 0
    blocked: int = 0
    orders: Mapping[OrderKey, Mapping[str, Any]] = field(default_factory=dict)
    expected: Mapping[OrderKey, Mapping[str, Any]] = field(default_factory=dict)
    books: Books = Books()
    quiet: Quiet = Quiet()
    replays: tuple[Replayed, ...] = ()
    still_replayed: int = 0
    recoveries: tuple[Recovery, ...] = ()
    faults: Mapping[str, int] = field(default_factory=dict)
    complaints: tuple[str, ...] = ()
