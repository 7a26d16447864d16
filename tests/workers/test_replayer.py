"""The replayer: finds running replays, carries each out under its lease, and costs next to nothing without one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread

import pytest
from sqlalchemy import event

from operations.replays.control import pause, resume
from operations.replays.lookup import progress
from schemas.dead_letters import LetterFilter, LetterState
from schemas.replays import ReplayCounts, ReplayPace, ReplayState
from tests.builders import placed
from tests.harness import Pipeline, event_of, eventually, message_of
from tests.letters import (
    FAST,
    FIXED,
    WHO,
    WHY,
    LaterClock,
    begin_replay,
    block,
    blocked,
    carrier,
    context_of,
    order_id,
    replay_of_blocked,
    run_replay,
    unreadable,
)
from workers.replayer import LEASE, Replayer
from workers.runner import relay_loops, run_loops

pytestmark = pytest.mark.databases("sqlite", "postgresql")

FAR_FUTURE = datetime(2199, 1, 1, tzinfo=UTC)
SLOW = ReplayPace(rate=0.001, ramp=False, stop_share=1.0)


def begin(pipeline: Pipeline, number: int, pace: ReplayPace = FAST) -> str:
    """Start a replay of one order's letter."""
    return begin_replay(pipeline, LetterFilter(amazon_order_id=order_id(number)), pace).replay_id


def state(pipeline: Pipeline, replay_id: str) -> tuple[ReplayState, str]:
    with pipeline.ledger.read() as work:
        replay = work.replays.find(replay_id)
    return replay.state, replay.reason


def counts(pipeline: Pipeline, replay_id: str) -> ReplayCounts:
    with pipeline.ledger.read() as work:
        return work.replays.counts(work.replays.find(replay_id))


def is_carried_out(pipeline: Pipeline, replay_id: str) -> bool:
    return progress(context_of(pipeline), replay_id).is_carried_out


@contextmanager
def running(pipeline: Pipeline) -> Iterator[None]:
    """Run the loops of `crossdock relay`."""
    stop = Event()
    thread = Thread(target=run_loops, args=(relay_loops(pipeline.parts), stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_relay_process_carries_a_replay_out_that_was_started_meanwhile(pipeline: Pipeline) -> None:
    blocked(pipeline)
    pipeline.commerce.catalog.save([FIXED])
    with running(pipeline):
        replay_id = begin_replay(pipeline).replay_id
        eventually(lambda: counts(pipeline, replay_id).sent == 1, "the replayer notices the start")
        pipeline.drain()
        eventually(lambda: state(pipeline, replay_id)[0] is ReplayState.FINISHED, "the replay ends")
    assert counts(pipeline, replay_id).ok == 1


def test_replays_that_run_at_once_share_a_process(pipeline: Pipeline) -> None:
    block(pipeline, range(4))
    slow = begin_replay(pipeline, LetterFilter(amazon_order_id=order_id(0)), SLOW).replay_id
    others = [begin(pipeline, number) for number in (1, 2)]
    replayer = Replayer(pipeline.ledger)
    assert replayer.turn() == 3
    assert [counts(pipeline, replay_id).sent for replay_id in (slow, *others)] == [1, 1, 1]
    pipeline.drain()
    assert replayer.turn() == 0
    last = begin(pipeline, 3)
    assert (replayer.turn(), counts(pipeline, last).sent) == (1, 1)


def test_a_replay_has_one_carrier_and_a_dead_one_is_followed(pipeline: Pipeline, clock: LaterClock) -> None:
    replay_id = replay_of_blocked(pipeline, 2, SLOW)
    first, second = Replayer(pipeline.ledger), Replayer(pipeline.ledger)
    assert not is_carried_out(pipeline, replay_id)
    assert (first.turn(), second.turn()) == (1, 0)
    assert is_carried_out(pipeline, replay_id)
    clock.pass_time(seconds=LEASE.total_seconds() + 1)
    assert not is_carried_out(pipeline, replay_id)
    assert (second.turn(), first.turn()) == (1, 0)


def test_a_replayer_that_is_stopped_leaves_its_replay_running_and_releases_it_at_once(pipeline: Pipeline) -> None:
    replay_id = replay_of_blocked(pipeline)
    with running(pipeline):
        eventually(lambda: counts(pipeline, replay_id).sent == 1, "the letter is sent")
    assert state(pipeline, replay_id)[0] is ReplayState.RUNNING
    assert not is_carried_out(pipeline, replay_id)
    pipeline.drain()
    assert Replayer(pipeline.ledger).turn() == 0
    assert state(pipeline, replay_id)[0] is ReplayState.FINISHED


def test_a_paused_replay_is_carried_out_again_when_it_is_resumed(pipeline: Pipeline) -> None:
    replay_id, context = replay_of_blocked(pipeline, 2, SLOW), context_of(pipeline)
    replayer = Replayer(pipeline.ledger)
    replayer.turn()
    pause(context, replay_id, actor=WHO, reason=WHY)
    assert (replayer.turn(), counts(pipeline, replay_id).sent_total) == (0, 1)
    resume(context, replay_id, actor=WHO, reason=WHY)
    assert (replayer.turn(), counts(pipeline, replay_id).sent_total) == (1, 2)


def test_a_replay_that_cannot_be_sent_is_paused_with_the_reason_and_stops_no_other(pipeline: Pipeline) -> None:
    unreadable(pipeline)
    broken = begin_replay(pipeline).replay_id
    with pipeline.ledger.begin() as work:
        work._tx.connection.exec_driver_sql("UPDATE dead_letters SET headers = '{'")
    block(pipeline, range(1))
    other = begin(pipeline, 0)
    assert Replayer(pipeline.ledger).turn() == 1
    assert state(pipeline, other)[0] is ReplayState.RUNNING
    paused, reason = state(pipeline, broken)
    assert (paused, "An error stopped it: JSONDecodeError" in reason) == (ReplayState.PAUSED, True)
    assert not is_carried_out(pipeline, broken)


def test_a_turn_without_a_replay_is_one_query(pipeline: Pipeline) -> None:
    statements: list[str] = []
    replayer = Replayer(pipeline.ledger)

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        statements.append(statement)

    event.listen(pipeline.ledger._engine, "before_cursor_execute", note)
    assert replayer.turn() == 0
    event.remove(pipeline.ledger._engine, "before_cursor_execute", note)
    queries = [statement.split()[:2] for statement in statements if not statement.startswith(("PRAGMA", "BEGIN"))]
    assert queries == [["SELECT", "replays.id"]]


def test_a_letter_whose_event_failed_meanwhile_in_another_delivery_has_failed_again(pipeline: Pipeline) -> None:
    """Two letters may be of one event, and its queue may hold a copy; a replay waits for each of its outcomes."""
    event = message_of(event_of(placed(amazon_order_id=order_id(0), last_update_date=FAR_FUTURE)), "order.placed")
    pipeline.publish([event])
    pipeline.drain()
    replay_id = begin_replay(pipeline).replay_id
    carrier(pipeline, replay_id).turn()
    pipeline.parts.processor("order-placed").take([event._replace(headers={"epoch": 1})])
    replay, sums = run_replay(pipeline, replay_id)
    assert (replay.state, sums.failed_again, sums.ended) == (ReplayState.FINISHED, 1, 1)
    (letter,) = pipeline.letters()
    assert letter.state is LetterState.OPEN
