"""Control of replays: the selection is frozen, the ramp and the stop hold, and each letter has one replay."""

from datetime import timedelta
from threading import Thread

import pytest

from ledger.errors import AmbiguousReplayError, UnknownReplayError
from ledger.ledger import Ledger
from operations.errors import ReplayBusyError, ReplayRefusedError
from operations.replays.control import abort, pause, resume, start
from operations.replays.dry_run import plan
from schemas.blockers import BlockerKind
from schemas.dead_letters import LetterFilter, LetterState
from schemas.replays import ItemState, ReplayPace, ReplayState
from tests.harness import SOON, Pipeline
from tests.letters import (
    EVERY,
    FAST,
    FIXED,
    WHO,
    WHY,
    LaterClock,
    begin_replay,
    block,
    carrier,
    context_of,
    order_id,
    replay_of_blocked,
    run_replay,
    sync,
    the_letter,
)
from workers.jobs import retry_blocked
from workers.replayer import LEASE, ReplayRun

pytestmark = pytest.mark.databases("sqlite", "postgresql")

RAMP = ReplayPace(rate=1_000_000.0, ramp=True, stop_share=0.2)


def item_states(ledger: Ledger, replay_id: str) -> list[ItemState]:
    with ledger.read() as work:
        return [item.state for item in work.replays.items(replay_id)]


def test_the_ramp_waits_for_the_outcome_of_each_stage(pipeline: Pipeline) -> None:
    block(pipeline, range(40))
    pipeline.commerce.catalog.save([FIXED])
    run = carrier(pipeline, begin_replay(pipeline, pace=RAMP).replay_id)
    sent_totals = []
    for _ in range(4):
        run.turn()
        sent_totals.append(run.turn()[1].sent_total)  # nothing more before the outcomes
        pipeline.drain()
    assert sent_totals == [1, 6, 31, 40]
    replay, sums = run.turn()
    assert (replay.state, sums.ok) == (ReplayState.FINISHED, 40)
    assert len(pipeline.shop_orders()) == 40


def test_a_rate_is_kept(pipeline: Pipeline, clock: LaterClock) -> None:
    block(pipeline, range(30))
    run = carrier(pipeline, begin_replay(pipeline, pace=ReplayPace(0.01, ramp=False)).replay_id)
    assert [run.turn()[1].sent, run.turn()[1].sent] == [1, 1]
    clock.pass_time(seconds=100)
    assert [run.turn()[1].sent, run.turn()[1].sent] == [2, 2]


def test_a_replay_stops_when_too_many_fail_again_and_runs_when_it_is_resumed(pipeline: Pipeline) -> None:
    replay_id = replay_of_blocked(pipeline, 10, RAMP)
    replay, sums = run_replay(pipeline, replay_id)
    assert (replay.state, replay.reason) == (ReplayState.STOPPED, "1 of 1 letters failed again.")
    assert (sums.failed_again, sums.claimed) == (1, 9)
    pipeline.commerce.catalog.save([FIXED])
    resume(context_of(pipeline), replay_id, actor=WHO, reason="The product is there now.")
    replay, sums = run_replay(pipeline, replay_id)
    assert (replay.state, sums.ok, sums.failed_again) == (ReplayState.FINISHED, 9, 1)


def test_outcomes_that_do_not_come_pause_a_replay_with_the_reason(pipeline: Pipeline, clock: LaterClock) -> None:
    replay_id = replay_of_blocked(pipeline)
    run = ReplayRun(pipeline.ledger, replay_id, WHO, outcome_timeout=timedelta(minutes=1))
    run.turn()
    clock.pass_time(seconds=50)
    assert run.turn()[0].state is ReplayState.RUNNING
    clock.pass_time(seconds=20)
    replay, _ = run.turn()
    assert replay.state is ReplayState.PAUSED
    assert "1 letters that were sent have had no outcome for 1 minutes" in replay.reason


def test_the_time_without_a_carrier_does_not_pause_a_replay(pipeline: Pipeline, clock: LaterClock) -> None:
    replay_id = replay_of_blocked(pipeline)
    carrier(pipeline, replay_id).turn()
    clock.pass_time(days=1)
    assert carrier(pipeline, replay_id).turn()[0].state is ReplayState.RUNNING


def test_an_aborted_replay_releases_the_letters_that_it_did_not_send(pipeline: Pipeline) -> None:
    replay_id = replay_of_blocked(pipeline, 3, RAMP)
    carrier(pipeline, replay_id).turn()
    assert abort(context_of(pipeline), replay_id, actor=WHO, reason="Wrong filter.").released == 2
    assert len(pipeline.letters(state=LetterState.OPEN)) == 2
    pipeline.drain()
    assert len(pipeline.letters(state=LetterState.OPEN)) == 3
    states = item_states(pipeline.ledger, replay_id)
    assert sorted(states) == [ItemState.ABORTED, ItemState.ABORTED, ItemState.FAILED_AGAIN]
    with pytest.raises(ReplayRefusedError, match="aborted"):
        resume(context_of(pipeline), replay_id, actor=WHO, reason=WHY)


def test_a_paused_replay_sends_nothing_until_it_is_resumed(pipeline: Pipeline) -> None:
    replay_id = replay_of_blocked(pipeline, 2)
    pause(context_of(pipeline), replay_id, actor=WHO, reason="Lunch.")
    replay, sums = carrier(pipeline, replay_id).turn()
    assert (replay.reason, sums.claimed) == (f"Paused by {WHO}: Lunch.", 2)
    with pytest.raises(ReplayRefusedError, match="paused"):
        pause(context_of(pipeline), replay_id, actor=WHO, reason=WHY)
    resume(context_of(pipeline), replay_id, actor=WHO, reason="Back.")
    assert carrier(pipeline, replay_id).turn()[1].sent == 2
    with pipeline.ledger.read() as work:
        assert [act.action for act in work.audit_log.latest(replay_id)] == [
            "replay.resume",
            "replay.pause",
            "replay.start",
        ]


def test_actor_reason_and_selection_are_in_the_audit_log(pipeline: Pipeline) -> None:
    block(pipeline, range(2))
    started = begin_replay(pipeline, LetterFilter(kind=BlockerKind.PRODUCT_MISSING, key="SKU-1"))
    with pipeline.ledger.read() as work:
        (act,) = work.audit_log.latest()
        replay = work.replays.find(started.replay_id)
    assert (act.who, act.why, act.subject, act.action) == (WHO, WHY, started.replay_id, "replay.start")
    assert act.details["selection"] == '{"key": "SKU-1", "kind": "product_missing"}' == replay.selection
    assert (act.details["planned"], act.details["claimed"]) == (2, 2)


def test_a_letter_that_a_sync_resolves_first_is_skipped(pipeline: Pipeline) -> None:
    replay_id = replay_of_blocked(pipeline, 3)
    pipeline.commerce.catalog.save([FIXED])
    sync(pipeline, lambda letter: letter.state is LetterState.RESOLVED)
    replay, sums = run_replay(pipeline, replay_id)
    assert (replay.state, sums.skipped, sums.sent_total) == (ReplayState.FINISHED, 3, 0)
    assert len(pipeline.shop_orders()) == 3


def test_a_letter_that_a_sync_blocks_again_first_stays_with_its_replay(pipeline: Pipeline) -> None:
    replay_id = replay_of_blocked(pipeline)
    pipeline.run_jobs(retry_blocked)
    assert the_letter(pipeline).state is LetterState.REPLAYING
    _, sums = run_replay(pipeline, replay_id)
    assert (sums.failed_again, the_letter(pipeline).attempts) == (1, 3)


def test_a_letter_without_a_replay_stays_open_when_it_fails_again_beside_one(pipeline: Pipeline) -> None:
    replay_of_blocked(pipeline)
    block(pipeline, range(1, 2), sku="SKU-2")
    sync(pipeline, lambda letter: letter.attempts == 2)
    states = {letter.amazon_order_id: letter.state for letter in pipeline.letters()}
    assert states == {order_id(0): LetterState.REPLAYING, order_id(1): LetterState.OPEN}


def test_of_two_operators_at_once_one_gets_each_letter(pipeline: Pipeline) -> None:
    block(pipeline, range(20))
    tokens = [plan(context_of(pipeline), EVERY).token for _ in range(4)]
    started, refused = [], []

    def begin(token: str) -> None:
        try:
            started.append(start(context_of(pipeline), EVERY, token, pace=FAST, actor=WHO, reason=WHY))
        except ReplayRefusedError as error:
            refused.append(str(error))

    threads = [Thread(target=begin, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert [one.letters for one in started] == [20]
    assert len(refused) == 3
    with pipeline.ledger.read() as work:
        assert len(work.replays.latest()) == 1
    run_replay(pipeline, started[0].replay_id)
    assert len(pipeline.letters(state=LetterState.OPEN)) == 20


def test_two_executors_never_carry_out_one_replay_and_a_dead_one_is_followed(
    pipeline: Pipeline, clock: LaterClock
) -> None:
    replay_id = replay_of_blocked(pipeline, 2, RAMP)
    first, second = (carrier(pipeline, replay_id, owner) for owner in ("first", "second"))
    first.turn()
    with pytest.raises(ReplayBusyError):
        second.turn()
    clock.pass_time(seconds=LEASE.total_seconds() + 1)
    assert second.turn()[0].state is ReplayState.RUNNING
    with pytest.raises(ReplayBusyError):
        first.turn()


def test_an_unknown_replay_is_refused(pipeline: Pipeline) -> None:
    with pytest.raises(UnknownReplayError, match="nowhere"):
        carrier(pipeline, "nowhere").turn()
    with pytest.raises(UnknownReplayError, match="nowhere"):
        pause(context_of(pipeline), "nowhere", actor=WHO, reason=WHY)


def test_a_replayed_letter_that_is_retried_later_keeps_its_item(pipeline: Pipeline, clock: LaterClock) -> None:
    replay_id = replay_of_blocked(pipeline)
    carrier(pipeline, replay_id).turn()
    with pipeline.ledger.begin() as work:
        (claimed,) = work.outbox.claim_due(1, timedelta(0))
        work.outbox.mark_sent([claimed.outbox_id])
        headers = {**claimed.message.headers, "attempt": 1}
        work.outbox.put([claimed.message._replace(headers=headers)])
    pipeline.commerce.catalog.save([FIXED])
    pipeline.drain()
    assert item_states(pipeline.ledger, replay_id) == [ItemState.OK]


def test_a_beginning_that_two_replays_have_names_neither(pipeline: Pipeline) -> None:
    block(pipeline, range(2))
    begun = [begin_replay(pipeline, LetterFilter(amazon_order_id=order_id(number))).replay_id for number in range(2)]
    with pipeline.ledger.read() as work:
        assert work.replays.by_prefix(begun[1]).id == begun[1]
        with pytest.raises(AmbiguousReplayError, match="write more"):
            work.replays.by_prefix("")
