"""Look-ups of replays: lists, one replay with its letters, the progress of a running one."""

import json
from datetime import datetime
from typing import Any

from operations.context import Context
from schemas.replays import ItemState, Replay, ReplayCounts, ReplayItem, ReplayState
from schemas.value import Value


class ReplaySums(Value):
    """The letters of a replay by outcome, and its state."""

    replay_id: str
    planned: int
    """Letters that matched the filter at the start."""
    sent: int
    """Letters that were sent, with or without an outcome."""
    ok: int
    failed_again: int
    skipped: int
    """Letters that another replay had claimed, or that were resolved or discarded before they were sent."""
    aborted: int
    """Letters that were not sent because the replay was aborted; they are open again."""
    state: ReplayState
    under_way: int
    """Letters that were sent and have no outcome yet."""
    reason: str
    """Why the replay was paused, stopped or aborted, in a sentence."""

    @property
    def ended(self) -> int:
        """Letters with an outcome."""
        return self.ok + self.failed_again + self.skipped + self.aborted


class ReplaySummary(ReplaySums):
    """A replay with its operator, reason and pace."""

    who: str
    why: str
    selection: dict[str, Any]
    """The filter; empty for all letters."""
    cutoff: datetime
    """Letters that became open later are not in the replay."""
    rate: float
    """Letters a second, at most."""
    ramp: bool
    """Whether it sends 1 letter first, then 5, 25, …"""
    stop_share: float
    """The share of failures at which it stops, above 0 and up to 1."""
    started_at: datetime
    ended_at: datetime | None


class ReplayedLetter(Value):
    """One letter of a replay and its outcome."""

    letter_id: str
    state: ItemState
    outcome: str
    """Why it failed again or was not sent; empty otherwise."""
    sent_at: datetime | None
    ended_at: datetime | None


class ReplayDetails(ReplaySummary):
    """A replay with its letters, in the order in which they are sent."""

    letters: tuple[ReplayedLetter, ...]


class ReplayProgress(Value):
    """How far a replay is."""

    sums: ReplaySums
    is_carried_out: bool
    """Whether a worker holds the replay's lease. A worker that died does so for up to half a minute more."""


def list_replays(context: Context, limit: int, offset: int = 0) -> tuple[ReplaySummary, ...]:
    """Return replays, the latest first, at most *limit* after the first *offset*."""
    with context.ledger.read() as work:
        latest = work.replays.latest(limit, offset)
        counts = work.replays.sizes(latest)
    return tuple(ReplaySummary.model_validate(_summary(replay, counts[replay.id])) for replay in latest)


def show_replay(
    context: Context, id_prefix: str, state: ItemState | None, limit: int, offset: int = 0
) -> ReplayDetails:
    """Return the replay whose id begins so, with its letters in a state or in any, *limit* after the first *offset*.

    Raises UnknownReplayError, AmbiguousReplayError.
    """
    with context.ledger.read() as work:
        replay = work.replays.by_prefix(id_prefix)
        letters = [_replayed(item) for item in work.replays.items(replay.id, state, limit, offset)]
        counts = work.replays.sizes([replay])[replay.id]
    return ReplayDetails.model_validate(_summary(replay, counts) | {"letters": letters})


def replayed_letters(
    context: Context, id_prefix: str, state: ItemState | None, limit: int, offset: int = 0
) -> list[ReplayedLetter]:
    """Return the letters of a replay in a state or in any, *limit* after *offset*. Raises as `show_replay`."""
    with context.ledger.read() as work:
        replay = work.replays.by_prefix(id_prefix)
        return [_replayed(item) for item in work.replays.items(replay.id, state, limit, offset)]


def progress(context: Context, id_prefix: str) -> ReplayProgress:
    """Return how far the replay is whose id begins so. Raises UnknownReplayError, AmbiguousReplayError."""
    with context.ledger.read() as work:
        replay = work.replays.by_prefix(id_prefix)
        sums = ReplaySums.model_validate(_sums(replay, work.replays.sizes([replay])[replay.id]))
        leased = replay.lease_until is not None and replay.lease_until > work.now
    return ReplayProgress(sums=sums, is_carried_out=leased)


def _summary(replay: Replay, counts: ReplayCounts) -> dict[str, Any]:
    return _sums(replay, counts) | {
        "who": replay.who,
        "why": replay.why,
        "selection": json.loads(replay.selection),
        "cutoff": replay.cutoff,
        "rate": replay.pace.rate,
        "ramp": replay.pace.ramp,
        "stop_share": replay.pace.stop_share,
        "started_at": replay.started_at,
        "ended_at": replay.ended_at,
    }


def _sums(replay: Replay, counts: ReplayCounts) -> dict[str, Any]:
    claimed_at_start = counts.claimed + counts.sent + counts.ended
    return {
        "replay_id": replay.id,
        "planned": replay.planned,
        "sent": counts.sent_total,
        "ok": counts.ok,
        "failed_again": counts.failed_again,
        "skipped": counts.skipped + replay.planned - claimed_at_start,
        "aborted": counts.aborted,
        "state": replay.state,
        "under_way": counts.sent,
        "reason": replay.reason,
    }


def _replayed(item: ReplayItem) -> ReplayedLetter:
    return ReplayedLetter(
        letter_id=item.letter_id,
        state=item.state,
        outcome=item.outcome,
        sent_at=item.sent_at,
        ended_at=item.ended_at,
    )
