"""Events that are refused before their handler: reported from the future, for another store, with made-up headers."""

from datetime import UTC, datetime, timedelta

import pytest
from pika.spec import Basic, BasicProperties

from events.amqp import delivery_of
from operations.dead_letters.edit import edit, read_body, with_fields
from pipeline.header_bounds import MAX_ATTEMPTS, MAX_EPOCH_STEP
from pipeline.refusals import CLOCK_SKEW
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterState
from schemas.message import Message
from schemas.payloads import Payload
from schemas.status import Status
from tests.builders import a_store, changed, placed, shipped
from tests.harness import Pipeline, event_of, message_of
from tests.letters import begin_replay, run_replay

pytestmark = pytest.mark.databases("sqlite", "postgresql")

US, DE, UK = "ATVPDKIKX0DER", "A1PA6795UKMFR9", "A1F83G8C2ARO7P"


def message(payload: Payload, **headers: str | int) -> Message:
    event = event_of(payload, "event-1")
    return message_of(event, event["type"])._replace(headers=headers)


def take(pipeline: Pipeline, consumer: str, *messages: Message) -> None:
    """Handle messages as they are, and their follow-ups."""
    pipeline.parts.processor(consumer).take(messages)
    pipeline.drain()


def the_letter(pipeline: Pipeline) -> DeadLetter:
    (letter,) = pipeline.letters(state=LetterState.OPEN)
    return letter


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(hours=14), timedelta(days=365 * 7000)])
def test_a_report_from_the_future_is_a_dead_letter_and_changes_nothing(pipeline: Pipeline, ahead: timedelta) -> None:
    pipeline.handle(placed())
    future = changed("Shipped", 5).model_copy(update={"last_update_date": now() + ahead, "ship_service_level": "Wrong"})
    pipeline.handle(future)
    letter = the_letter(pipeline)
    assert (letter.letter_type, letter.reason[:58]) == (
        DeadLetterType.FAILED,
        "Its last_update_date lies more than 5 minutes in the futur",
    )
    pipeline.handle(changed("Unshipped", 6))
    assert (pipeline.order().status, pipeline.order().ship_service_level) != (Status.SHIPPED, "Wrong")
    assert pipeline.order().amazon_status == "Unshipped"


def test_a_parcel_from_the_future_is_a_dead_letter_too(pipeline: Pipeline) -> None:
    pipeline.handle(placed(), shipped("a").model_copy(update={"shipped_at": now() + timedelta(days=2)}))
    assert the_letter(pipeline).reason.startswith("Its shipped_at lies ")
    assert pipeline.order().parcels == ()


def test_a_clock_that_is_a_little_fast_is_no_reason(pipeline: Pipeline) -> None:
    pipeline.handle(placed().model_copy(update={"last_update_date": now() + CLOCK_SKEW / 2}))
    assert pipeline.letters() == []


def test_a_report_from_the_future_is_handled_once_the_instant_is_past(pipeline: Pipeline) -> None:
    pipeline.handle(
        placed(), changed("Unshipped", 5).model_copy(update={"last_update_date": now() + timedelta(days=1)})
    )
    letter = the_letter(pipeline)
    body = with_fields(read_body(pipeline.context, letter.id).body, [("data.last_update_date", now().isoformat())])
    edit(pipeline.context, letter.id, body, actor="tester", reason="the clock was wrong")
    pipeline.drain()
    assert pipeline.order().amazon_status == "Unshipped"


def test_an_order_of_another_marketplace_than_its_stores_is_a_dead_letter(pipeline: Pipeline) -> None:
    pipeline.add_store(a_store().model_copy(update={"marketplace_id": UK}))
    pipeline.handle(placed(marketplace_id=DE))
    letter = the_letter(pipeline)
    assert letter.letter_type is DeadLetterType.FAILED
    assert letter.reason.startswith(f"The order is of the marketplace {DE}, the store test-store of {UK}.")
    with pipeline.ledger.read() as work:
        assert work.orders.find(letter.amazon_order_id or "") is None


def test_a_later_report_that_contradicts_its_store_is_one_too(pipeline: Pipeline) -> None:
    pipeline.add_store(a_store().model_copy(update={"marketplace_id": US}))
    pipeline.handle(placed(), changed("Canceled", 5, marketplace_id=DE))
    assert the_letter(pipeline).event == "order.status_changed"
    assert pipeline.order().amazon_status == "Pending"


@pytest.mark.parametrize(
    ("of_store", "of_order"), [(None, DE), (DE, DE), (DE, "Amazon.de"), ("amazon.de", DE), (DE.lower(), DE)]
)
def test_a_store_takes_the_orders_of_its_marketplace(pipeline: Pipeline, of_store: str | None, of_order: str) -> None:
    pipeline.add_store(a_store().model_copy(update={"marketplace_id": of_store}))
    pipeline.handle(placed(marketplace_id=of_order), changed("Unshipped", 5))
    assert [letter for letter in pipeline.letters() if letter.letter_type is DeadLetterType.FAILED] == []
    assert pipeline.order().amazon_status == "Unshipped"


@pytest.mark.parametrize(
    "headers",
    [
        {"epoch": 2**31 - 1},
        {"epoch": MAX_EPOCH_STEP + 1},
        {"epoch": -1},
        {"epoch": "many"},
        {"attempt": MAX_ATTEMPTS + 1},
        {"attempt": -(2**40)},
    ],
)
def test_a_made_up_header_is_a_dead_letter_that_can_be_replayed_and_edited(
    pipeline: Pipeline, headers: dict[str, str | int]
) -> None:
    take(pipeline, "order-placed", message(placed(), **headers))
    letter = the_letter(pipeline)
    assert (letter.letter_type, letter.reason.split(" is ")[0]) == (
        DeadLetterType.FAILED,
        f"Its header {next(iter(headers))}",
    )
    run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert pipeline.letters(state=LetterState.OPEN) == []
    assert pipeline.order().amazon_status == "Pending"


@pytest.mark.parametrize("epoch", [2**31 - 1, 2**30, MAX_EPOCH_STEP])
def test_a_wrong_event_with_a_made_up_epoch_can_be_replayed_and_edited(pipeline: Pipeline, epoch: int) -> None:
    wrong = event_of(placed(), "event-1")
    wrong["data"]["items"] = []
    take(pipeline, "order-placed", message_of(wrong, "order.placed")._replace(headers={"epoch": epoch}))
    for _ in range(2):
        run_replay(pipeline, begin_replay(pipeline).replay_id)
    letter = the_letter(pipeline)
    assert letter.attempts == 3
    right = event_of(placed(), "event-1")["data"]["items"]
    body = read_body(pipeline.context, letter.id).body.replace(
        b'"items": []', f'"items": {right}'.replace("'", '"').encode()
    )
    edit(pipeline.context, letter.id, body, actor="tester", reason="a test")
    pipeline.drain()
    assert pipeline.order().amazon_status == "Pending"


def test_a_repeat_of_a_handled_event_with_a_made_up_epoch_is_a_repeat(pipeline: Pipeline) -> None:
    take(pipeline, "order-placed", message(placed()), message(placed(), epoch=2**31 - 1))
    take(pipeline, "order-placed", message(placed(), epoch=2**31 - 1))
    assert len(pipeline.history()) == 1


def test_an_epoch_from_the_wire_is_checked_as_well() -> None:
    properties = BasicProperties(user_id="ours", headers={"epoch": 2**31 - 1})
    delivery = delivery_of(1, Basic.Deliver(delivery_tag=1, routing_key="order.placed"), properties, b"{}", {"ours"})
    assert (delivery.message.headers, delivery.message.epoch) == ({"epoch": 2**31 - 1}, 0)
