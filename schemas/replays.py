"""Replays: dead letters sent again on purpose, at a limited rate, each with its outcome recorded."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReplayState(StrEnum):
    """The state of a replay. `stopped`: too many letters failed again. Paused and stopped replays can be resumed."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"
    ABORTED = "aborted"


class ItemState(StrEnum):
    """The state of a letter in a replay: `claimed` is not sent yet, `sent` has no outcome yet; the others are final."""

    CLAIMED = "claimed"
    SENT = "sent"
    OK = "ok"
    FAILED_AGAIN = "failed_again"
    SKIPPED = "skipped"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class ReplayPace:
    """The pace of a replay: letters a second, whether it begins with a ramp (1, 5, 25, …), and when it stops.

    It stops when `stop_share` of the letters that ended since it was started or resumed have failed again.
    """

    rate: float = 50.0
    ramp: bool = True
    stop_share: float = 0.2


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay as it is recorded. `selection` is its filter as JSON, `planned` the number of letters that matched.

    `stage` counts the steps of the ramp; `budget` is the number of letters that may have been sent by now, None without
    a limit. `next_at` is when the pace allows the next letter. `who` and `why` are the actor and the reason.
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
    """The letters of a replay by state, and when the last one was sent or ended."""

    claimed: int = 0
    sent: int = 0
    ok: int = 0
    failed_again: int = 0
    skipped: int = 0
    aborted: int = 0
    moved_at: datetime | None = None

    @property
    def sent_total(self) -> int:
        """Letters that were sent, with or without an outcome."""
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
    """The outcome of a replayed letter. `counted`: its attempt was counted when the letter was saved again."""

    item_id: str
    state: ItemState
    outcome: str
    counted: bool = False
