"""Each class of dead letter can be found, shown, replayed, edited where that helps, and discarded."""

import json
from collections.abc import Callable

import pytest

from operations.dead_letters.edit import edit
from operations.errors import EditRefusedError
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState
from schemas.message import Message
from schemas.replays import ReplayState
from tests.builders import placed, shipped
from tests.harness import Pipeline, event_of, message_of
from tests.letters import (
    FIXED,
    LETTER_MAKERS,
    WHO,
    WHY,
    begin_replay,
    block,
    collect,
    context_of,
    discard_letters,
    order_id,
    run_replay,
    the_letter,
)

pytestmark = pytest.mark.databases("sqlite", "postgresql")

CLASSES = {
    "blocked": DeadLetterType.BLOCKED,
    "never_placed": DeadLetterType.BLOCKED,
    "failed": DeadLetterType.FAILED,
    "unreadable": DeadLetterType.UNREADABLE,
    "crash": DeadLetterType.CRASH,
    "unrouted": DeadLetterType.UNROUTED,
}


@pytest.fixture(params=LETTER_MAKERS)
def case(request: pytest.FixtureRequest, pipeline: Pipeline) -> str:
    """A dead letter of each class, by the name of its case."""
    name = str(request.param)
    LETTER_MAKERS[name](pipeline)
    return name


def test_a_dead_letter_of_each_class_is_listed_and_shown_with_its_reason(pipeline: Pipeline, case: str) -> None:
    letter = the_letter(pipeline)
    assert (letter.letter_type, letter.state, letter.attempts) == (CLASSES[case], LetterState.OPEN, 1)
    assert letter.reason.endswith(".") or case == "blocked"
    assert pipeline.letters(letter_type=CLASSES[case], consumer=letter.consumer, fingerprint=letter.fingerprint)
    with pipeline.ledger.read() as work:
        assert work.dead_letters.by_prefix(letter.id[:8]) == letter
        assert work.dead_letters.message(letter.id).body


def test_a_replay_before_the_cause_is_gone_puts_the_letter_back_with_one_more_attempt(
    pipeline: Pipeline, case: str
) -> None:
    before = the_letter(pipeline)
    replay, sums = run_replay(pipeline, begin_replay(pipeline).replay_id)
    after = the_letter(pipeline)
    if case == "crash":  # it kills nobody here
        assert (sums.ok, after.state) == (1, LetterState.RESOLVED)
        return
    assert (sums.failed_again, replay.state) == (1, ReplayState.FINISHED)
    assert (after.state, after.attempts, after.id) == (LetterState.OPEN, 2, before.id)
    with pipeline.ledger.read() as work:
        (item,) = work.replays.items(replay.id)
    assert item.outcome


def test_a_letter_that_failed_again_can_be_replayed_again(pipeline: Pipeline, case: str) -> None:
    for _ in range(3):
        if the_letter(pipeline).state is LetterState.OPEN:
            run_replay(pipeline, begin_replay(pipeline).replay_id)
    letter = the_letter(pipeline)
    expected = (1, LetterState.RESOLVED) if case == "crash" else (4, LetterState.OPEN)
    assert (letter.attempts, letter.state) == expected


MENDED: dict[str, Callable[[Pipeline], None]] = {
    "blocked": lambda pipeline: pipeline.commerce.catalog.save([FIXED]),
    "crash": lambda pipeline: None,
}


@pytest.mark.parametrize("name", MENDED)
def test_a_replay_after_the_cause_is_gone_resolves_the_letter(pipeline: Pipeline, name: str) -> None:
    LETTER_MAKERS[name](pipeline)
    MENDED[name](pipeline)
    replay, sums = run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert (replay.state, sums.ok, sums.ended) == (ReplayState.FINISHED, 1, 1)
    assert the_letter(pipeline).state is LetterState.RESOLVED
    assert pipeline.order(order_id(0)).store_id
    assert len(pipeline.shop_orders()) == (name == "blocked")


def test_an_event_under_a_misspelt_name_is_replayed_to_the_consumer_that_takes_it(pipeline: Pipeline) -> None:
    message = misspelt()
    pipeline.publish([message])
    collect(pipeline)
    assert the_letter(pipeline).consumer == "order-placed"
    _, sums = run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert sums.ok == 1
    assert the_letter(pipeline).state is LetterState.RESOLVED
    assert pipeline.order(order_id(0))


def misspelt() -> Message:
    """Return an event that is sent with an unbound routing key, though a consumer takes its type."""
    return message_of(event_of(placed(amazon_order_id=order_id(0))), "order.misspelt")


def a_good_body(case: str) -> bytes:
    """Return the right message."""
    payload = shipped(amazon_order_id=order_id(1)) if case == "never_placed" else placed(amazon_order_id=order_id(0))
    return json.dumps(event_of(payload, "edited")).encode()


def test_an_edited_message_is_handled_in_the_place_of_the_old_one(pipeline: Pipeline, case: str) -> None:
    if case == "never_placed":
        block(pipeline, range(1, 2))
    letter = next(
        one for one in pipeline.letters() if one.letter_type is CLASSES[case] and one.amazon_order_id != order_id(1)
    )
    if case == "blocked":
        with pytest.raises(EditRefusedError, match="no edit of a message unblocks it"):
            edit(context_of(pipeline), letter.id, a_good_body(case), actor=WHO, reason=WHY)
        return
    done = edit(context_of(pipeline), letter.id[:10], a_good_body(case), actor=WHO, reason=WHY)
    pipeline.drain()
    (after,) = [one for one in pipeline.letters() if one.id == letter.id]
    assert (after.state, after.replaced_by) == (LetterState.RESOLVED, done.message_id)
    assert pipeline.order(order_id(1 if case == "never_placed" else 0))


def test_a_discarded_letter_is_still_listed_and_is_not_replayed(pipeline: Pipeline, case: str) -> None:
    letter = the_letter(pipeline)
    assert discard_letters(pipeline, LetterFilter(ids=(letter.id,)), "Not ours.") == 1
    (found,) = pipeline.letters(state=LetterState.DISCARDED)
    assert found.id == letter.id
    with pipeline.ledger.read() as work:
        assert work.replay_selection.count(LetterFilter()) == 0
        (act,) = work.audit_log.latest(letter.id)
    assert (act.who, act.action, act.why) == (WHO, "letter.discard", "Not ours.")
