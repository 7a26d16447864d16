"""The pace of a replay: how many letters may go out now, and when it has to stop. Pure: numbers in, numbers out."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite

from operations.errors import ReplayRefusedError
from schemas.replays import Replay, ReplayCounts, ReplayPace, ReplayState

STEP = 5
"""Each stage of the ramp is so many times as large as the one before: 1, 5, 25, …"""

ROUND_TRIP = 1.0
"""Seconds reckoned for the outcomes of a stage to come in, when the time needed is told beforehand."""

PATIENCE = timedelta(minutes=5)
"""How long outcomes are waited for; above the first tries after a passing failure (postponing.FIRST_DELAY)."""

BURST = timedelta(seconds=1)
"""What was not sent in time is made up for, at most so far back."""


@dataclass(frozen=True, slots=True)
class PaceDecision:
    """What a replay becomes instead of going on, and why."""

    state: ReplayState
    reason: str


def check(pace: ReplayPace) -> None:
    """Raise ReplayRefusedError for a pace that is none."""
    if not (isfinite(pace.rate) and pace.rate > 0):
        raise ReplayRefusedError(f"A rate of {pace.rate:g} letters a second sends nothing; give one above 0.")
    if not 0 < pace.stop_share <= 1:
        raise ReplayRefusedError(f"A share of {pace.stop_share:g} is none; give one above 0 and up to 1.")


def evaluate(
    replay: Replay, all_sums: ReplayCounts, since_resumed: ReplayCounts, waited: timedelta, patience: timedelta
) -> PaceDecision | None:
    """Return what ends a replay or makes it wait for a person, or nothing when it goes on.

    *waited* is how long nothing has moved while somebody carried the replay out.
    """
    if not all_sums.claimed and not all_sums.sent:
        return PaceDecision(ReplayState.FINISHED, "")
    ended = since_resumed.ok + since_resumed.failed_again
    if since_resumed.failed_again and since_resumed.failed_again / ended >= replay.pace.stop_share:
        return PaceDecision(ReplayState.STOPPED, f"{since_resumed.failed_again} of {ended} letters failed again.")
    is_waiting = all_sums.sent and (not all_sums.claimed or _is_spent(replay, all_sums))
    if is_waiting and waited > patience:
        minutes = f"{patience.total_seconds() / 60:g}"
        return PaceDecision(
            ReplayState.PAUSED,
            f"{all_sums.sent} letters that were sent have had no outcome for {minutes} minutes:"
            " see whether the relay and their consumers run.",
        )
    return None


def start(replay: Replay, gone_out: int, now: datetime) -> Replay:
    """Return the replay set going, from the first stage of the ramp if it has one."""
    budget = gone_out + 1 if replay.pace.ramp else None
    return replace(replay, state=ReplayState.RUNNING, reason="", resumed_at=now, next_at=now, stage=0, budget=budget)


def next_stage(replay: Replay, sums: ReplayCounts) -> Replay:
    """Return the replay at the next stage of the ramp, once all that were sent have an outcome."""
    if replay.budget is None or sums.sent or not _is_spent(replay, sums):
        return replay
    size = STEP ** (replay.stage + 1)
    return replace(replay, stage=replay.stage + 1, budget=None if size > replay.pace.rate else sums.sent_total + size)


def allowance(replay: Replay, sums: ReplayCounts, now: datetime, limit: int) -> int:
    """Return how many letters may go out now."""
    if now < replay.next_at:
        return 0
    by_rate = int((now - _since(replay, now)).total_seconds() * replay.pace.rate) + 1
    by_ramp = limit if replay.budget is None else replay.budget - sums.sent_total
    return max(0, min(by_rate, by_ramp, sums.claimed, limit))


def sent(replay: Replay, letters: int, now: datetime) -> Replay:
    """Return the replay after so many letters went out."""
    return replace(replay, next_at=_since(replay, now) + timedelta(seconds=letters / replay.pace.rate))


def seconds_for(letters: int, pace: ReplayPace) -> float:
    """Return the time that so many letters need at this pace, as far as it can be told beforehand."""
    stages, size, left = 0, 1, letters
    while pace.ramp and left > 0 and size <= max(1.0, pace.rate):
        left, size, stages = left - size, size * STEP, stages + 1
    return letters / pace.rate + stages * ROUND_TRIP


def _since(replay: Replay, now: datetime) -> datetime:
    return max(replay.next_at, now - BURST)


def _is_spent(replay: Replay, sums: ReplayCounts) -> bool:
    return replay.budget is not None and sums.sent_total >= replay.budget
