"""The collector: messages in the dead-letter queues become dead letters, each once, with its reason."""

from contextlib import closing

import pytest

from events.bus import DeadLetterInfo, Delivery
from events.topology import UNROUTED
from ledger.errors import LedgerUnavailableError
from pipeline.dead_lettering import dead_letter
from schemas.dead_letters import DeadLetterType, LetterState
from tests.builders import placed
from tests.doubles import away
from tests.harness import Pipeline, event_of, message_of
from tests.letters import FIXED, begin_replay, block, collect, order_id, run_replay, the_letter
from workers.collector import Collector, _dead_letter, describe_death

pytestmark = pytest.mark.databases("sqlite", "postgresql")


@pytest.mark.parametrize(
    ("death", "sentence"),
    [
        (None, "The message was in the dead-letter queue of importer; the broker gave no reason."),
        (
            DeadLetterInfo("rejected", "importer", 1),
            "RabbitMQ dead-lettered the message once in the queue importer (rejected): it was rejected.",
        ),
        (
            DeadLetterInfo("delivery_limit", "importer", 2),
            "RabbitMQ dead-lettered the message 2 times in the queue importer (delivery_limit): it was delivered too"
            " often without being acknowledged: it may kill the process that handles it.",
        ),
        (
            DeadLetterInfo("new_word", "", 1),
            "RabbitMQ dead-lettered the message once in the queue importer (new_word): RabbitMQ gave no details.",
        ),
    ],
)
def test_a_death_is_described_in_a_sentence(death: DeadLetterInfo | None, sentence: str) -> None:
    assert describe_death("importer", death) == sentence


def test_a_message_in_a_dead_letter_queue_becomes_a_letter_of_its_consumer(
    pipeline: Pipeline,
) -> None:
    event = message_of(event_of(placed(amazon_order_id=order_id(0))), "order.placed")
    pipeline.publish([event._replace(to="order-placed.dead"), message_of(b"no JSON", "x"), event])
    pipeline.publish([message_of(b"no JSON", "order.placed")._replace(to="order-placed.dead")])
    collect(pipeline)
    assert pipeline.parts.bus.message_count("order-placed.dead") == 0
    letters = sorted((letter.letter_type, letter.consumer) for letter in pipeline.letters())
    assert letters == [
        (DeadLetterType.FAILED, "order-placed"),
        (DeadLetterType.FAILED, "order-placed"),
        (DeadLetterType.UNROUTED, "unrouted"),
    ]


@pytest.mark.parametrize(
    ("routing_key", "event", "cause"),
    [
        ("order.placd", "order.placed", "its type is order.placed, so the routing key is wrong; replay it."),
        ("order.placd", "order.placd", "no consumer consumes this event; edit its type, or discard it."),
        (
            "order.placed",
            "order.placed",
            "its consumer order-placed has no binding; run `crossdock topology apply`, then replay it.",
        ),
    ],
)
def test_the_reason_of_an_unrouted_letter_has_the_cause_and_the_remedy(
    pipeline: Pipeline, routing_key: str, event: str, cause: str
) -> None:
    body = event_of(placed(amazon_order_id=order_id(0))) | {"type": event}
    pipeline.publish([message_of(body, routing_key)._replace(to=UNROUTED)])
    collect(pipeline)
    assert the_letter(pipeline).reason == f"RabbitMQ found no queue for the routing key '{routing_key}': {cause}"


def test_a_message_that_could_not_be_stored_is_collected_at_the_next_turn(pipeline: Pipeline) -> None:
    pipeline.publish([message_of(b"no JSON", "order.placed")._replace(to="order-placed.dead")])
    pipeline.publish([message_of(b"no JSON", "event.unknown")])
    with closing(Collector(away(pipeline.ledger, failures=2), pipeline.parts.bus)) as collector:
        for _ in range(2):
            with pytest.raises(LedgerUnavailableError):
                collector.turn()
        assert collector.turn() == 2
    assert len(pipeline.letters()) == 2


def test_a_message_that_was_handled_meanwhile_makes_no_letter(pipeline: Pipeline) -> None:
    event = message_of(event_of(placed(amazon_order_id=order_id(0))), "order.placed")
    pipeline.publish([event])
    pipeline.drain()
    pipeline.publish([event._replace(to="order-placed.dead")])
    collect(pipeline)
    assert pipeline.letters() == []


def test_a_queue_that_is_drained_again_after_a_crash_counts_no_second_attempt(pipeline: Pipeline) -> None:
    event = message_of(event_of(placed(amazon_order_id=order_id(0))), "order.placed")
    delivery = Delivery(event, 1, 1, dead_letter_info=DeadLetterInfo("rejected", "order-placed", 1))
    for _ in range(2):
        dead_letter(pipeline.ledger, "order-placed", [_dead_letter("order-placed", delivery)])
    assert the_letter(pipeline).attempts == 1


def test_a_collected_letter_is_replayed_to_its_consumer_and_a_late_copy_is_not_handled(pipeline: Pipeline) -> None:
    event = message_of(event_of(placed(amazon_order_id=order_id(0))), "order.placed")
    pipeline.publish([event._replace(to="order-placed.dead")])
    collect(pipeline)
    pipeline.publish([event])
    pipeline.drain()
    with pipeline.ledger.read() as work:
        assert work.orders.find(order_id(0)) is None
    _, counts = run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert counts.ok == 1
    assert pipeline.order(order_id(0))
    assert the_letter(pipeline).state is LetterState.RESOLVED


def test_an_event_with_an_unrouted_letter_is_handled_when_it_is_published_again(
    pipeline: Pipeline,
) -> None:
    event = event_of(placed(amazon_order_id=order_id(0)))
    pipeline.publish([message_of(event, "order.misspelt")])
    collect(pipeline)
    pipeline.publish([message_of(event, "order.placed")])
    pipeline.drain()
    assert pipeline.order(order_id(0))
    replay, counts = run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert (counts.ok, the_letter(pipeline).state) == (1, LetterState.RESOLVED)
    with pipeline.ledger.read() as work:
        assert [item.outcome for item in work.replays.items(replay.id)] == ["It had been handled before."]


def test_blocked_orders_and_collected_messages_are_in_one_list(pipeline: Pipeline) -> None:
    block(pipeline)
    pipeline.publish([message_of(b"no JSON", "event.unknown")])
    collect(pipeline)
    assert {letter.letter_type for letter in pipeline.letters()} == {DeadLetterType.BLOCKED, DeadLetterType.UNROUTED}
    pipeline.commerce.catalog.save([FIXED])
    _, counts = run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert (counts.ok, counts.failed_again) == (1, 1)
