"""Events that only Crossdock publishes, from somebody else: nothing is done, and nothing of ours is disturbed."""

from typing import Any

import pytest

from events.envelope import event_key
from events.registry import CONSUMERS, REQUESTS
from schemas import payloads
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState
from schemas.message import UNKNOWN, Message
from schemas.payloads import Payload
from tests.builders import KEY, ORDER_ID, placed
from tests.harness import CONSUMER_OF, Pipeline, event_of, message_of
from tests.letters import begin_replay, block, discard_letters, run_replay, the_letter

FORGED: dict[str, Payload] = {
    "import.requested": payloads.ImportRequested.model_validate(KEY),
    "shipment.confirmation_requested": payloads.ShipmentConfirmationRequested.model_validate(
        {**KEY, "shipment_id": "1"}
    ),
    "completion.requested": payloads.CompletionRequested.model_validate(KEY),
    "cancel.requested": payloads.CancelRequested.model_validate({**KEY, "reason": "NoInventory"}),
    "commerce.cancel_requested": payloads.CommerceCancelRequested.model_validate(KEY),
    "reservation.requested": payloads.ReservationRequested.model_validate(KEY),
}


def _from(publisher: str, event: dict[str, Any], **headers: int) -> Message:
    """Return an event as the consumer receives it from a publisher's account."""
    return message_of(event, event["type"])._replace(headers={"publisher": publisher, **headers})


def _take(pipeline: Pipeline, message: Message) -> None:
    pipeline.parts.processor(CONSUMER_OF[message.name]).take([message])
    pipeline.drain()


def test_every_request_is_tried_here() -> None:
    assert set(FORGED) == set(REQUESTS)


@pytest.mark.parametrize("publisher", ["shop-us", UNKNOWN])
@pytest.mark.parametrize("name", REQUESTS)
def test_a_forged_request_changes_nothing_and_is_a_letter_that_says_who(
    pipeline: Pipeline, name: str, publisher: str
) -> None:
    pipeline.handle(placed(status="Unshipped"))
    before = pipeline.order(), pipeline.shop_orders(), pipeline.history()
    known = len(pipeline.letters())
    _take(pipeline, _from(publisher, event_of(FORGED[name], "forged")))
    assert (pipeline.order(), pipeline.shop_orders(), pipeline.history()) == before
    (letter,) = pipeline.letters(event=name, consumer=CONSUMER_OF[name], letter_type=DeadLetterType.FAILED)
    assert len(pipeline.letters()) == known + 1
    said = "the account shop-us" if publisher == "shop-us" else "an account that it does not name"
    assert letter.reason.startswith(f"Only Crossdock publishes {name}, and this event came from {said};")
    assert letter.amazon_order_id == ORDER_ID


def test_replaying_a_forged_request_does_not_carry_it_out(pipeline: Pipeline) -> None:
    pipeline.handle(placed(status="Unshipped"))
    _take(pipeline, _from("shop-us", event_of(FORGED["cancel.requested"], "forged")))
    discard_letters(pipeline, LetterFilter(letter_type=DeadLetterType.BLOCKED))
    run_replay(pipeline, begin_replay(pipeline).replay_id)
    (letter,) = pipeline.letters(event="cancel.requested")
    assert (letter.attempts, letter.state) == (2, LetterState.OPEN)
    assert "cancel" not in " ".join(entry.note.lower() for entry in pipeline.history())


def test_a_forged_request_does_not_take_the_identity_of_a_real_one(pipeline: Pipeline) -> None:
    """The ids of follow-ups are derived, so a stranger can compute the next one."""
    pipeline.handle(placed(status="Pending"))
    real = event_of(FORGED["import.requested"], "the-next-one") | {"source": "/crossdock"}
    _take(pipeline, _from("shop-us", real))
    with pipeline.ledger.read() as work:
        assert work.inbox.find("importer", [_key(real)]) == {}
    pipeline.publish([message_of(real, "import.requested")])
    pipeline.drain()
    with pipeline.ledger.read() as work:
        assert _key(real) in work.inbox.find("importer", [_key(real)])


def _key(event: dict[str, Any]) -> bytes:
    return event_key(event["source"], event["id"])


@pytest.mark.parametrize("source", ["/crossdock", "/crossdock/operator"])
def test_a_publisher_cannot_use_a_source_of_crossdocks(pipeline: Pipeline, source: str) -> None:
    _take(pipeline, _from(UNKNOWN, event_of(placed(), "claimed") | {"source": source}))
    letter = the_letter(pipeline)
    assert letter.reason.startswith(f"Only Crossdock publishes events of the source {source}, and this one came from")
    with pipeline.ledger.read() as work:
        assert work.orders.find(ORDER_ID) is None


def test_events_of_publishers_are_handled_and_retried_as_theirs(pipeline: Pipeline) -> None:
    block(pipeline)
    _take(pipeline, _from("shop-us", event_of(placed(amazon_order_id="123-1234567-0000007"), "honest")))
    assert pipeline.order("123-1234567-0000007").amazon_status == "Pending"
    assert set(CONSUMERS.values()) > set(REQUESTS)
