"""Replayed letters that the broker loses are sent again until they have an outcome."""

from datetime import timedelta

import pytest

from schemas.dead_letters import LetterState
from schemas.replays import ReplayState
from tests.harness import Pipeline, message_of
from tests.letters import LETTER_MAKERS, LaterClock, begin_replay, carrier, run_replay, the_letter
from workers import resender
from workers.resender import resend

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def _forget(pipeline: Pipeline, queue: str) -> int:
    """Take the messages of a queue away, as a broker that loses its disk does; return their number."""
    taking = pipeline.parts.bus.subscribe(queue, 10)
    lost = taking.receive(10, 1.0)
    taking.ack(lost)
    taking.close()
    return len(lost)


def _remind(pipeline: Pipeline, before: timedelta) -> int:
    now = pipeline.ledger.now()
    return sum(resend(pipeline.ledger, now - before, now))


@pytest.mark.parametrize("case", ["unreadable", "failed"])
def test_a_replayed_letter_that_was_lost_is_sent_again(pipeline: Pipeline, clock: LaterClock, case: str) -> None:
    LETTER_MAKERS[case](pipeline)
    started = begin_replay(pipeline)
    carrier(pipeline, started.replay_id).turn()
    for consumer in pipeline.consumers.values():
        consumer.close()
    pipeline.relay.turn()
    assert _forget(pipeline, "order-placed") == 1
    assert _remind(pipeline, timedelta(minutes=10)) == 0
    clock.pass_time(minutes=11)
    assert _remind(pipeline, timedelta(minutes=10)) == 1
    assert _remind(pipeline, timedelta(minutes=10)) == 0
    replay, sums = run_replay(Pipeline(pipeline.parts), started.replay_id)
    assert (replay.state, sums.failed_again) == (ReplayState.FINISHED, 1)
    assert the_letter(pipeline).state is LetterState.OPEN


def test_many_lost_letters_are_sent_again_page_by_page(
    pipeline: Pipeline, clock: LaterClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resender, "PAGE", 2)
    for number in range(5):
        pipeline.publish([message_of(b"nonsense %d" % number, "order.placed")])
    pipeline.drain()
    started = begin_replay(pipeline)
    carrier(pipeline, started.replay_id).turn()
    for consumer in pipeline.consumers.values():
        consumer.close()
    pipeline.relay.turn()
    _forget(pipeline, "order-placed")
    clock.pass_time(minutes=11)
    assert _remind(pipeline, timedelta(minutes=10)) == 5
