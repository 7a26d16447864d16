"""The pace of a replay, in numbers."""

from datetime import timedelta

import pytest

from operations.replays import pace_rules
from schemas.replays import Replay, ReplayCounts, ReplayPace, ReplayState
from tests.builders import START

MINUTE = timedelta(minutes=1)


def a_replay(pace: ReplayPace, sent_total: int = 0) -> Replay:
    plain = Replay("r", "who", "why", "{}", START, 100, pace, ReplayState.PAUSED, "Lunch.", START, START, START)
    return pace_rules.start(plain, sent_total, START)


@pytest.mark.parametrize(
    ("pace", "letters", "seconds"),
    [
        (ReplayPace(10, ramp=False), 100, 10.0),
        (ReplayPace(10, ramp=True), 100, 12.0),  # 1 and 5, and their outcomes, before the rate
        (ReplayPace(1000, ramp=True), 3, 2.003),
        (ReplayPace(0.5, ramp=True), 4, 9.0),
    ],
)
def test_the_time_is_estimated(pace: ReplayPace, letters: int, seconds: float) -> None:
    assert pace_rules.seconds_for(letters, pace) == pytest.approx(seconds)


def test_the_ramp_ends_where_a_stage_would_be_larger_than_the_rate() -> None:
    replay = a_replay(ReplayPace(30))
    budgets = [replay.budget]
    for sent_total in (1, 6, 31):
        replay = pace_rules.next_stage(replay, ReplayCounts(claimed=100, ok=sent_total))
        budgets.append(replay.budget)
    assert budgets == [1, 6, 31, None]


def test_the_ramp_does_not_climb_before_the_last_outcome() -> None:
    replay = pace_rules.next_stage(a_replay(ReplayPace(30)), ReplayCounts(claimed=100, sent=1))
    assert (replay.budget, replay.stage) == (1, 0)


def test_a_resumed_replay_starts_its_ramp_again() -> None:
    assert a_replay(ReplayPace(30), sent_total=40).budget == 41


def test_letters_that_were_late_are_sent_faster_by_one_second_of_the_rate_at_most() -> None:
    replay = a_replay(ReplayPace(10, ramp=False))
    later = START + timedelta(hours=1)
    assert pace_rules.allowance(replay, ReplayCounts(claimed=1000), later, 500) == 11
    after = pace_rules.sent(replay, 11, later)
    assert pace_rules.allowance(after, ReplayCounts(claimed=1000), later, 500) == 0
    assert pace_rules.allowance(after, ReplayCounts(claimed=1000), later + timedelta(seconds=1), 500) == 10


@pytest.mark.parametrize(
    ("all_sums", "since_resumed", "waited", "state"),
    [
        (ReplayCounts(claimed=5, ok=9, failed_again=1), ReplayCounts(ok=9, failed_again=1), MINUTE, None),
        (
            ReplayCounts(claimed=5, ok=8, failed_again=2),
            ReplayCounts(ok=8, failed_again=2),
            MINUTE,
            ReplayState.STOPPED,
        ),
        (ReplayCounts(claimed=5, ok=1, failed_again=9), ReplayCounts(ok=1), MINUTE, None),
        (ReplayCounts(ok=1, failed_again=9), ReplayCounts(ok=1, failed_again=9), MINUTE, ReplayState.FINISHED),
        (ReplayCounts(sent=1, ok=1), ReplayCounts(ok=1), MINUTE, None),
        (ReplayCounts(sent=1, ok=1), ReplayCounts(ok=1), MINUTE * 10, ReplayState.PAUSED),
        (ReplayCounts(claimed=9, sent=1), ReplayCounts(), MINUTE * 10, ReplayState.PAUSED),
        (ReplayCounts(claimed=9), ReplayCounts(), MINUTE * 10, None),
    ],
)
def test_a_replay_keeps_running_or_ends(
    all_sums: ReplayCounts, since_resumed: ReplayCounts, waited: timedelta, state: ReplayState | None
) -> None:
    verdict = pace_rules.evaluate(a_replay(ReplayPace(10)), all_sums, since_resumed, waited, MINUTE * 5)
    assert (verdict and verdict.state) == state
