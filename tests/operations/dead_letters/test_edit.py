"""Editing: only a valid message is sent, the old one is never handled, and the difference is kept, encrypted."""

import json
from datetime import timedelta
from random import Random
from time import process_time

import pytest

from events.envelope import decode
from ledger.errors import UnknownLetterError
from operations.dead_letters.claims import LetterClaimedError
from operations.dead_letters.edit import difference, edit
from operations.errors import EditRefusedError
from schemas.dead_letters import LetterState
from tests.builders import HOME, placed
from tests.harness import Pipeline, event_of, message_of
from tests.letters import WHO, WHY, LaterClock, begin_replay, context_of, failed, order_id, the_letter, unreadable
from workers.jobs import apply_retention

pytestmark = pytest.mark.databases("sqlite", "postgresql")

RIGHT = json.dumps(event_of(placed(amazon_order_id=order_id(0), shipping_address=HOME), "wrong")).encode()


def state_of(pipeline: Pipeline) -> tuple[LetterState, int]:
    with pipeline.ledger.read() as work:
        return the_letter(pipeline).state, len(work.audit_log.latest())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no JSON either", "not JSON"),
        (b"{}", "not a CloudEvent"),
        (json.dumps({**json.loads(RIGHT), "data": {"store_id": "x"}}).encode(), "amazon_order_id"),
        (json.dumps({**json.loads(RIGHT), "type": "nobody.knows"}).encode(), "nobody.knows"),
        (
            json.dumps(
                {
                    **json.loads(RIGHT),
                    "type": "order.recorded",
                    "data": {"store_id": "s", "amazon_order_id": order_id(0), "status": "Pending"},
                }
            ).encode(),
            "takes order.placed",
        ),
    ],
)
def test_an_edit_that_is_still_wrong_is_refused_and_changes_nothing(
    pipeline: Pipeline, body: bytes, reason: str
) -> None:
    failed(pipeline)
    with pytest.raises(EditRefusedError, match=reason):
        edit(context_of(pipeline), the_letter(pipeline).id, body, actor=WHO, reason=WHY)
    assert state_of(pipeline) == (LetterState.OPEN, 0)


def test_an_edit_needs_an_open_letter_an_actor_and_a_reason(pipeline: Pipeline) -> None:
    failed(pipeline)
    letter = the_letter(pipeline)
    with pytest.raises(EditRefusedError, match="Actor and reason"):
        edit(context_of(pipeline), letter.id, RIGHT, actor=WHO, reason="")
    with pytest.raises(UnknownLetterError):
        edit(context_of(pipeline), "unknown", RIGHT, actor=WHO, reason=WHY)
    begin_replay(pipeline)
    with pytest.raises(LetterClaimedError, match="is claimed by the running replay"):
        edit(context_of(pipeline), letter.id, RIGHT, actor=WHO, reason=WHY)


def test_an_edited_message_is_an_event_of_its_own_and_names_the_old_one(pipeline: Pipeline) -> None:
    failed(pipeline)
    letter = the_letter(pipeline)
    done = edit(context_of(pipeline), letter.id, RIGHT, actor=WHO, reason=WHY)
    with pipeline.ledger.begin() as work:
        (claimed,) = work.outbox.claim_due(10, timedelta(0))
    event = decode(claimed.message)
    assert (event.id, claimed.message.to, claimed.message.epoch) == (done.message_id, "order-placed", 0)
    assert json.loads(claimed.message.body)["causationid"] == "wrong"
    assert event.key == claimed.message.key


def test_a_late_original_does_not_run_after_the_edit(pipeline: Pipeline) -> None:
    failed(pipeline)
    letter = the_letter(pipeline)
    edit(context_of(pipeline), letter.id, RIGHT, actor=WHO, reason=WHY)
    pipeline.drain()
    late = message_of(RIGHT, "order.placed")  # the same id as the original, and nothing wrong with it
    pipeline.publish([late, late._replace(to="order-placed", headers={"epoch": 7})])
    pipeline.drain()
    assert [entry.event for entry in pipeline.history(pipeline.order(order_id(0)).key)] == ["order.placed"]
    assert the_letter(pipeline).state is LetterState.RESOLVED


def test_late_copies_of_the_original_are_repeats_and_other_contents_under_its_id_are_not(pipeline: Pipeline) -> None:
    failed(pipeline)
    letter = the_letter(pipeline)
    with pipeline.ledger.read() as work:
        original = work.dead_letters.message(letter.id)
    edit(context_of(pipeline), letter.id, RIGHT, actor=WHO, reason=WHY)
    pipeline.publish([message_of(original.body, "order.placed")])
    pipeline.drain()
    assert the_letter(pipeline).state is LetterState.RESOLVED
    other = json.loads(RIGHT)
    other["data"]["ship_service_level"] = "Other"
    pipeline.publish([message_of(other, "order.placed")])
    pipeline.drain()
    (new,) = pipeline.letters(state=LetterState.OPEN)
    assert new.reason.startswith("Two events with other contents")


def test_a_late_copy_of_an_edited_unreadable_message_opens_no_letter_again(pipeline: Pipeline) -> None:
    unreadable(pipeline)
    edit(context_of(pipeline), the_letter(pipeline).id, RIGHT, actor=WHO, reason=WHY)
    unreadable(pipeline)
    assert (the_letter(pipeline).state, the_letter(pipeline).attempts) == (LetterState.RESOLVED, 2)
    assert pipeline.order(order_id(0))


def test_the_difference_is_kept_encrypted_and_deleted_with_the_message(pipeline: Pipeline, clock: LaterClock) -> None:
    failed(pipeline)
    letter = the_letter(pipeline)
    edit(context_of(pipeline), letter.id, RIGHT, actor=WHO, reason=WHY)
    with pipeline.ledger.read() as work:
        kept = work.letter_actions.difference(letter.id)
        (act,) = work.audit_log.latest(letter.id)
    assert kept is not None
    assert '-    "items": []' in kept
    assert '+        "seller_sku": "SKU-1",' in kept
    assert (act.action, act.details["instead_of"]) == ("letter.edit", "wrong")
    clock.pass_time(days=365)
    pipeline.run_jobs(apply_retention, after=timedelta(days=365))
    with pipeline.ledger.read() as work:
        assert work.letter_actions.difference(letter.id) is None


def test_the_difference_of_long_messages_takes_no_time_quadratic_in_them() -> None:
    draw = Random(7)
    numbers = [draw.randrange(150) for _ in range(20_000)]
    before = process_time()
    kept = difference(json.dumps(numbers).encode(), json.dumps(draw.sample(numbers, len(numbers))).encode())
    assert process_time() - before < 3.0
    assert kept.count("\n-") == kept.count("\n+") - 1 == len(numbers) + 2
