"""Replays: dead letters said again on purpose, at a pace, each with its outcome on record."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReplayState(StrEnum):
    """Where a replay stands. `stopped`: too many of its letters failed again. Paused and stopped ones can go on."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"
    ABORTED = "aborted"


class ItemState(StrEnum):
    """What became of one letter in a replay: `claimed` waits to be sent, `sent` for its outcome; the rest are ends."""

    CLAIMED = "claimed"
    SENT = "sent"
    OK = "ok"
    FAILED_AGAIN = "failed_again"
    SKIPPED = "skipped"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class ReplayPace:
    """How fast a replay goes: letters a second, whether it feels its way first (1, 5, 25, …), and when it stops.

    It stops when this share of those that ended since it was started or resumed failed again.
    """

    rate: float = 50.0
    ramp: bool = True
    stop_share: float = 0.2


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay as it is recorded. `selection` is the filter in words of JSON, `planned` the letters it chose.

    `stage` counts the steps of the ramp and `budget` the letters it may have sent by now; None: as many as there are.
    `next_at` is when the pace allows the next letter.
    """

    id: str
    who: str
    why: str
    selection: str
    cutoff: datetime
    planned: int
    pace: ReplayPace
    state: ReplayState
    reason: str
    started_at: datetime
    resumed_at: datetime
    next_at: datetime
    stage: int = 0
    budget: int | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReplayCounts:
    """How many letters of a replay stand where, and when the last of them moved."""

    claimed: int = 0
    sent: int = 0
    ok: int = 0
    failed_again: int = 0
    skipped: int = 0
    aborted: int = 0
    moved_at: datetime | None = None

    @property
    def sent_total(self) -> int:
        """Letters that were sent, whatever came of them."""
        return self.sent + self.ok + self.failed_again

    @property
    def ended(self) -> int:
        """Letters with an outcome."""
        return self.ok + self.failed_again + self.skipped + self.aborted


@dataclass(frozen=True, slots=True)
class ReplayItem:
    """One letter in a replay. Its id, of the replay's and the letter's, is the header `replay` of the message sent."""

    id: str
    replay_id: str
    letter_id: str
    position: int
    state: ItemState
    outcome: str = ""
    sent_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What a consumer made of a replayed letter. `counted`: the letter was written anew, with one more attempt."""

    item_id: str
    state: ItemState
    outcome: str
    counted: bool = False


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit: who did what to which thing, why, and the facts of it. No personal data."""

    at: datetime
    who: str
    action: str
    subject: str
    why: str
    details: dict[str, object]
