"""An id that is used twice for other contents: the first event counts, the other is a dead letter that names both."""

import json
from typing import Any

import pytest

from events.envelope import content_digest
from operations.dead_letters.edit import edit, read_body, with_fields
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterState
from schemas.message import Message
from schemas.payloads import Payload
from tests.builders import ORDER_ID, a_report, changed, placed, shipped
from tests.harness import Pipeline, event_of, message_of
from tests.letters import begin_replay, run_replay

pytestmark = pytest.mark.databases("sqlite", "postgresql")

OTHER_ID = "123-1234567-0000002"


def message(payload: Payload, event_id: str = "event-1", **attributes: Any) -> Message:
    event = event_of(payload, event_id) | attributes
    return message_of(event, event["type"])


def handle(pipeline: Pipeline, *messages: Message) -> None:
    """Publish messages one after the other, each handled before the next."""
    for one in messages:
        pipeline.publish([one])
        pipeline.drain()


def the_letter(pipeline: Pipeline) -> DeadLetter:
    (letter,) = pipeline.letters(state=LetterState.OPEN)
    return letter


def recorded(pipeline: Pipeline) -> set[str]:
    with pipeline.ledger.read() as work:
        return {one for one in (ORDER_ID, OTHER_ID) if work.orders.find(one)}


def test_another_order_under_a_used_id_is_a_dead_letter_that_names_both(pipeline: Pipeline) -> None:
    first, second = message(placed()), message(placed(amazon_order_id=OTHER_ID))
    handle(pipeline, first, second)
    letter = the_letter(pipeline)
    assert (letter.letter_type, letter.amazon_order_id) == (DeadLetterType.FAILED, OTHER_ID)
    assert letter.reason.startswith('Two events with other contents have the id "event-1" of the source "/upstream": ')
    assert content_digest(first.body).hex()[:8] in letter.reason
    assert content_digest(second.body).hex()[:8] in letter.reason
    assert recorded(pipeline) == {ORDER_ID}


def test_in_one_batch_the_first_of_the_two_counts(pipeline: Pipeline) -> None:
    pipeline.publish([message(placed()), message(placed(amazon_order_id=OTHER_ID))])
    pipeline.drain()
    assert the_letter(pipeline).amazon_order_id == OTHER_ID
    assert recorded(pipeline) == {ORDER_ID}


def test_the_same_holds_for_other_facts_of_one_order_and_for_parcels(pipeline: Pipeline) -> None:
    handle(pipeline, message(placed()), message(placed(order_total=None, ship_service_level="Expedited")))
    handle(pipeline, message(shipped("a"), "parcel"), message(shipped("b"), "parcel"))
    letters = pipeline.letters(state=LetterState.OPEN)
    assert sorted(letter.consumer for letter in letters) == ["commerce-shipped", "order-placed"]
    assert pipeline.order().ship_service_level != "Expedited"


def test_a_valid_event_under_the_id_of_an_invalid_one_does_not_vanish(pipeline: Pipeline) -> None:
    wrong = event_of(placed(), "event-1")
    wrong["data"]["items"] = []
    handle(pipeline, message_of(wrong, "order.placed"), message(placed()))
    reasons = sorted(letter.reason[:30] for letter in pipeline.letters(state=LetterState.OPEN))
    assert reasons == ["The data of order.placed is wr", "Two events with other contents"]


def test_an_invalid_event_under_the_id_of_a_valid_one_does_not_vanish(pipeline: Pipeline) -> None:
    wrong = event_of(placed(), "event-1")
    wrong["data"]["items"] = []
    handle(pipeline, message(placed()), message_of(wrong, "order.placed"))
    assert the_letter(pipeline).reason.startswith("Two events with other contents")
    assert recorded(pipeline) == {ORDER_ID}


def test_a_repeat_that_is_written_in_another_way_is_a_repeat(pipeline: Pipeline) -> None:
    event = event_of(placed(), "event-1")
    turned = {**event, "time": "2026-05-04T12:00:00Z", "data": dict(reversed(event["data"].items()))}
    handle(pipeline, message(placed()), message_of(json.dumps(turned, indent=2).encode(), "order.placed"))
    assert pipeline.letters() == []


def test_each_of_several_contents_has_a_letter_and_a_repeat_of_one_has_none_of_its_own(pipeline: Pipeline) -> None:
    others = [message(changed("Unshipped", 5, ship_service_level=level)) for level in ("One", "Two", "Two")]
    handle(pipeline, message(placed()), message(changed("Pending", 4)), *others)
    assert sorted(letter.attempts for letter in pipeline.letters(state=LetterState.OPEN)) == [1, 2]


def test_a_replay_fails_again_and_an_edit_publishes_it_with_an_id_of_its_own(pipeline: Pipeline) -> None:
    handle(pipeline, message(placed()), message(placed(amazon_order_id=OTHER_ID)))
    run_replay(pipeline, begin_replay(pipeline).replay_id)
    letter = the_letter(pipeline)
    assert letter.attempts > 1
    body = with_fields(read_body(pipeline.context, letter.id).body, [("data.ship_service_level", "Standard")])
    edit(pipeline.context, letter.id, body, actor="tester", reason="a test")
    pipeline.drain()
    assert recorded(pipeline) == {ORDER_ID, OTHER_ID}
    assert pipeline.letters(state=LetterState.OPEN) == []


def test_a_row_without_a_digest_takes_what_comes_for_a_repeat(pipeline: Pipeline) -> None:
    from sqlalchemy import update  # noqa: PLC0415 - the tables of an earlier version, in this test only

    from ledger.tables.messages import inbox  # noqa: PLC0415

    handle(pipeline, message(a_report("Unshipped")))
    with pipeline.ledger._engine.begin() as connection:
        connection.execute(update(inbox).values(digest=None))
    handle(pipeline, message(a_report("Unshipped", ship_service_level="Expedited")))
    assert [letter for letter in pipeline.letters() if letter.letter_type is DeadLetterType.FAILED] == []
