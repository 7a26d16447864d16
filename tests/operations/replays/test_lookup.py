"""Look-ups of replays: their sums, their letters, their progress."""

import pytest

from ledger.errors import UnknownReplayError
from operations.replays.control import abort, start
from operations.replays.dry_run import plan
from operations.replays.lookup import list_replays, progress, show_replay
from schemas.dead_letters import LetterFilter
from schemas.replays import ItemState, ReplayState
from tests.harness import Pipeline
from tests.letters import EVERY, FAST, WHO, WHY, begin_replay, block, carrier, context_of, order_id, run_replay

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def test_replays_are_listed_with_their_filter_and_sums_the_latest_first(pipeline: Pipeline) -> None:
    block(pipeline, range(2))
    first = begin_replay(pipeline, LetterFilter(amazon_order_id=order_id(0)))
    run_replay(pipeline, first.replay_id)
    second = begin_replay(pipeline, LetterFilter(amazon_order_id=order_id(1)))
    latest, earlier = list_replays(context_of(pipeline), 10).rows
    assert [latest.replay_id, earlier.replay_id] == [second.replay_id, first.replay_id]
    assert (earlier.state, earlier.failed_again, earlier.ended) == (ReplayState.FINISHED, 1, 1)
    assert (latest.selection, latest.who, latest.why) == ({"amazon_order_id": order_id(1)}, WHO, WHY)
    assert list_replays(context_of(pipeline), 1).rows == (latest,)


def test_letters_that_another_replay_claimed_count_as_skipped(pipeline: Pipeline) -> None:
    block(pipeline, range(3))
    context = context_of(pipeline)
    token = plan(context, EVERY, FAST).token
    with pipeline.ledger.begin() as work:  # claimed between the count and the claim of the second
        work._tx.connection.exec_driver_sql(
            "INSERT INTO replay_items (id, replay_id, letter_id, position, state, outcome)"
            " SELECT 'other', 'other', min(id), 1, 'claimed', '' FROM dead_letters"
        )
    started = start(context, EVERY, token, pace=FAST, actor=WHO, reason=WHY)
    sums = progress(context, started.replay_id).sums
    assert (started.letters, started.skipped) == (2, 1)
    assert (sums.planned, sums.skipped, sums.ended) == (3, 1, 1)


def test_a_replay_is_shown_with_its_letters_in_one_state(pipeline: Pipeline) -> None:
    block(pipeline, range(3))
    started = begin_replay(pipeline)
    carrier(pipeline, started.replay_id).turn()
    details = show_replay(context_of(pipeline), started.replay_id[:6], ItemState.SENT, 2)
    assert (details.under_way, [letter.state for letter in details.letters]) == (3, [ItemState.SENT] * 2)
    assert show_replay(context_of(pipeline), started.replay_id, ItemState.OK, 2).letters == ()


def test_progress_has_the_reason_of_a_replay_that_was_aborted(pipeline: Pipeline) -> None:
    block(pipeline, range(2))
    context, replay_id = context_of(pipeline), begin_replay(pipeline).replay_id
    abort(context, replay_id, actor=WHO, reason="Wrong filter.")
    found = progress(context, replay_id)
    assert (found.sums.aborted, found.sums.state, found.is_carried_out) == (2, ReplayState.ABORTED, False)
    assert found.sums.reason == f"Aborted by {WHO}: Wrong filter."
    with pytest.raises(UnknownReplayError):
        progress(context, "unknown")
