"""The collector: what lies in the safety nets becomes one list of dead letters, each once, with its story."""

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
    ("death", "words"),
    [
        (None, "It lay in the safety net of the queue importer; the broker did not say why."),
        (
            DeadLetterInfo("rejected", "importer", 1),
            "RabbitMQ gave it up once in the queue importer (rejected): it was rejected.",
        ),
        (
            DeadLetterInfo("delivery_limit", "importer", 2),
            "RabbitMQ gave it up 2 times in the queue importer (delivery_limit): it was delivered too often without"
            " being acknowledged: it may kill the process that handles it.",
        ),
        (
            DeadLetterInfo("new_word", "", 1),
            "RabbitMQ gave it up once in the queue importer (new_word): RabbitMQ said no more.",
        ),
    ],
)
def test_a_death_is_told_in_a_sentence(death: DeadLetterInfo | None, words: str) -> None:
    assert describe_death("importer", death) == words


def test_what_lies_in_a_net_becomes_a_letter_of_its_consumer_and_the_net_is_empty(pipeline: Pipeline) -> None:
    event = message_of(event_of(placed(amazon_order_id=order_id(0))), "order.placed")
    pipeline.publish([event._replace(to="order-placed.dead"), message_of(b"no JSON", "x"), event])
    pipeline.publish([message_of(b"no JSON", "order.placed")._replace(to="order-placed.dead")])
    collect(pipeline)
    assert pipeline.parts.bus.message_count("order-placed.dead") == 0
    kinds = sorted((one.letter_type, one.consumer) for one in pipeline.letters())
    assert kinds == [
        (DeadLetterType.FAILED, "order-placed"),
        (DeadLetterType.FAILED, "order-placed"),
        (DeadLetterType.UNROUTED, "unrouted"),
    ]


@pytest.mark.parametrize(
    ("routing_key", "event", "words"),
    [
        ("order.placd", "order.placed", "its type is order.placed, so the routing key is wrong; replay it."),
        ("order.placd", "order.placd", "no consumer takes this event; edit its type, or discard it."),
        (
            "order.placed",
            "order.placed",
            "its consumer order-placed has no binding; run `crossdock topology apply`, then replay it.",
        ),
    ],
)
def test_a_letter_that_reached_no_queue_says_what_is_wrong_and_what_helps(
    pipeline: Pipeline, routing_key: str, event: str, words: str
) -> None:
    body = event_of(placed(amazon_order_id=order_id(0))) | {"type": event}
    pipeline.publish([message_of(body, routing_key)._replace(to=UNROUTED)])
    collect(pipeline)
    assert the_letter(pipeline).reason == f"RabbitMQ found no queue for it under the name '{routing_key}': {words}"


def test_what_could_not_be_stored_is_collected_at_the_next_try(pipeline: Pipeline) -> None:
    pipeline.publish([message_of(b"no JSON", "order.placed")._replace(to="order-placed.dead")])
    pipeline.publish([message_of(b"no JSON", "nobody.knows")])
    with closing(Collector(away(pipeline.ledger, failures=2), pipeline.parts.bus)) as collector:
        for _ in range(2):
            with pytest.raises(LedgerUnavailableError):
                collector.turn()
        assert collector.turn() == 2
    assert len(pipeline.letters()) == 2


def test_a_message_that_was_handled_after_all_makes_no_letter(pipeline: Pipeline) -> None:
    event = message_of(event_of(placed(amazon_order_id=order_id(0))), "order.placed")
    pipeline.publish([event])
    pipeline.drain()
    pipeline.publish([event._replace(to="order-placed.dead")])
    collect(pipeline)
    assert pipeline.letters() == []


def test_a_net_that_is_drained_again_after_a_crash_counts_no_second_attempt(pipeline: Pipeline) -> None:
    event = message_of(event_of(placed(amazon_order_id=order_id(0))), "order.placed")
    delivery = Delivery(event, 1, 1, dead_letter_info=DeadLetterInfo("rejected", "order-placed", 1))
    for _ in range(2):
        dead_letter(pipeline.ledger, "order-placed", [_dead_letter("order-placed", delivery)])
    assert the_letter(pipeline).attempts == 1


def test_what_was_collected_is_replayed_to_its_consumer_and_a_late_copy_does_not_run(pipeline: Pipeline) -> None:
    event = message_of(event_of(placed(amazon_order_id=order_id(0))), "order.placed")
    pipeline.publish([event._replace(to="order-placed.dead")])
    collect(pipeline)
    pipeline.publish([event])
    pipeline.drain()
    with pipeline.ledger.read() as work:
        assert work.orders.find(order_id(0)) is None
    _, sums = run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert sums.ok == 1
    assert pipeline.order(order_id(0))
    assert the_letter(pipeline).state is LetterState.RESOLVED


def test_a_letter_that_was_unrouted_does_not_keep_the_event_from_being_handled_when_it_is_said_again(
    pipeline: Pipeline,
) -> None:
    event = event_of(placed(amazon_order_id=order_id(0)))
    pipeline.publish([message_of(event, "order.misspelt")])
    collect(pipeline)
    pipeline.publish([message_of(event, "order.placed")])
    pipeline.drain()
    assert pipeline.order(order_id(0))
    replay, sums = run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert (sums.ok, the_letter(pipeline).state) == (1, LetterState.RESOLVED)
    with pipeline.ledger.read() as work:
        assert [item.outcome for item in work.replays.items(replay.id)] == ["It had been handled before."]


def test_blocked_orders_and_collected_messages_stand_in_one_list(pipeline: Pipeline) -> None:
    block(pipeline)
    pipeline.publish([message_of(b"no JSON", "nobody.knows")])
    collect(pipeline)
    assert {one.letter_type for one in pipeline.letters()} == {DeadLetterType.BLOCKED, DeadLetterType.UNROUTED}
    pipeline.commerce.catalog.save([FIXED])
    _, sums = run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert (sums.ok, sums.failed_again) == (1, 1)
