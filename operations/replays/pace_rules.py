"""The pace of a replay: how many letters may be sent now, when it pauses or stops. Pure: numbers in, numbers out."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite

from operations.errors import ReplayRefusedError
from schemas.replays import Replay, ReplayCounts, ReplayPace, ReplayState

STEP = 5
"""Factor between two stages of the ramp: 1, 5, 25, … letters."""

ROUND_TRIP = 1.0
"""Seconds that an estimate allows for the outcomes of one stage."""

OUTCOME_TIMEOUT = timedelta(minutes=5)
"""Without an outcome for so long a replay pauses; longer than the first delayed retries of a consumer take."""

BURST = timedelta(seconds=1)
"""Letters that were not sent in time are made up for, at most so far back."""


@dataclass(frozen=True, slots=True)
class PaceDecision:
    """The state in which a replay ends, pauses or stops, and the reason."""

    state: ReplayState
    reason: str


def check(pace: ReplayPace) -> None:
    """Raise ReplayRefusedError for a pace that is out of range."""
    if not (isfinite(pace.rate) and pace.rate > 0):
        raise ReplayRefusedError(f"A rate of {pace.rate:g} letters a second sends nothing; it must be above 0.")
    if not 0 < pace.stop_share <= 1:
        raise ReplayRefusedError(f"A stop share of {pace.stop_share:g} is out of range (above 0, up to 1).")


def evaluate(
    replay: Replay, counts: ReplayCounts, since_resumed: ReplayCounts, idle: timedelta, outcome_timeout: timedelta
) -> PaceDecision | None:
    """Return how a replay ends, pauses or stops, or None when it keeps running.

    *idle* is how long no letter was sent or ended while a worker carried the replay out.
    """
    if not counts.claimed and not counts.sent:
        return PaceDecision(ReplayState.FINISHED, "")
    ended = since_resumed.ok + since_resumed.failed_again
    if since_resumed.failed_again and since_resumed.failed_again / ended >= replay.pace.stop_share:
        return PaceDecision(ReplayState.STOPPED, f"{since_resumed.failed_again} of {ended} letters failed again.")
    needs_outcomes = counts.sent and (not counts.claimed or _is_spent(replay, counts))
    if needs_outcomes and idle > outcome_timeout:
        minutes = f"{outcome_timeout.total_seconds() / 60:g}"
        return PaceDecision(
            ReplayState.PAUSED,
            f"{counts.sent} letters that were sent have had no outcome for {minutes} minutes:"
            " check that the relay and their consumers run.",
        )
    return None


def start(replay: Replay, sent_total: int, now: datetime) -> Replay:
    """Return the replay as running, in the first stage of its ramp if it has one."""
    budget = sent_total + 1 if replay.pace.ramp else None
    return replace(replay, state=ReplayState.RUNNING, reason="", resumed_at=now, next_at=now, stage=0, budget=budget)


def next_stage(replay: Replay, counts: ReplayCounts) -> Replay:
    """Return the replay in the next stage of its ramp, once all letters of the stage have an outcome."""
    if replay.budget is None or counts.sent or not _is_spent(replay, counts):
        return replay
    size = STEP ** (replay.stage + 1)
    return replace(replay, stage=replay.stage + 1, budget=None if size > replay.pace.rate else counts.sent_total + size)


def allowance(replay: Replay, counts: ReplayCounts, now: datetime, limit: int) -> int:
    """Return how many letters may be sent now, at most *limit*."""
    if now < replay.next_at:
        return 0
    by_rate = int((now - _since(replay, now)).total_seconds() * replay.pace.rate) + 1
    by_ramp = limit if replay.budget is None else replay.budget - counts.sent_total
    return max(0, min(by_rate, by_ramp, counts.claimed, limit))


def sent(replay: Replay, letters: int, now: datetime) -> Replay:
    """Return the replay after so many letters were sent."""
    return replace(replay, next_at=_since(replay, now) + timedelta(seconds=letters / replay.pace.rate))


def seconds_for(letters: int, pace: ReplayPace) -> float:
    """Return the estimated seconds that so many letters take at this pace."""
    stages, size, left = 0, 1, letters
    while pace.ramp and left > 0 and size <= max(1.0, pace.rate):
        left, size, stages = left - size, size * STEP, stages + 1
    return letters / pace.rate + stages * ROUND_TRIP


def _since(replay: Replay, now: datetime) -> datetime:
    return max(replay.next_at, now - BURST)


def _is_spent(replay: Replay, counts: ReplayCounts) -> bool:
    return replay.budget is not None and counts.sent_total >= replay.budget
