"""Messages that RabbitMQ dead-letters are collected with the reason, and can be replayed."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pika
import pytest

from events.topology import DELIVERY_LIMIT, EVENTS, UNROUTED, dead_letter_queue
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterState
from schemas.replays import ReplayState
from tests.builders import placed
from tests.harness import SOON, Pipeline, event_of, eventually, message_of, opened_parts
from tests.letters import begin_replay, carrier, order_id, run_replay
from workers.collector import Collector
from workers.consumer import Consumer

pytestmark = pytest.mark.databases("sqlite", "postgresql")

QUEUE = "order-placed"


@pytest.fixture
def pipeline(vhost_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    """The pipeline on RabbitMQ; the queue has no consumer yet."""
    with opened_parts(vhost_url, f"sqlite:///{tmp_path / 'crossdock.db'}") as parts, closing(Pipeline(parts)) as opened:
        opened.consumers[QUEUE].close()
        yield opened


def take_and_reject(url: str, times: int, *, requeue: bool) -> None:
    """Take a message so often, and give it back or throw it away."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    for _ in range(times):
        method, _, _ = next(channel.consume(QUEUE, inactivity_timeout=SOON))
        assert method is not None, "the message did not come again"
        channel.basic_reject(method.delivery_tag, requeue=requeue)
    channel.cancel()
    connection.close()


def collected(pipeline: Pipeline, net: str = dead_letter_queue(QUEUE)) -> DeadLetter:
    """Collect until there is a letter."""
    eventually(lambda: pipeline.parts.bus.message_count(net) > 0, f"something comes into {net}")
    with closing(Collector(pipeline.ledger, pipeline.parts.bus)) as collector:
        eventually(lambda: collector.turn() > 0, "the net is drained")
    assert pipeline.parts.bus.message_count(net) == 0
    (letter,) = pipeline.letters()
    return letter


def replay(pipeline: Pipeline) -> None:
    """Replay the only letter, with a consumer on the queue, and check that it is resolved."""
    pipeline.consumers[QUEUE] = Consumer(pipeline.parts.processor(QUEUE), pipeline.parts.bus, 100, 300)
    _, sums = run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert (sums.ok, sums.ended) == (1, 1)
    (letter,) = pipeline.letters()
    assert letter.state is LetterState.RESOLVED
    assert pipeline.order(order_id(0))


def test_a_rejected_message_is_collected_with_the_reason_and_replayed(pipeline: Pipeline, vhost_url: str) -> None:
    pipeline.publish([message_of(event_of(placed(amazon_order_id=order_id(0))), "order.placed")])
    take_and_reject(vhost_url, 1, requeue=False)
    letter = collected(pipeline)
    assert (letter.letter_type, letter.consumer, letter.amazon_order_id) == (DeadLetterType.FAILED, QUEUE, order_id(0))
    assert letter.reason == f"RabbitMQ dead-lettered the message once in the queue {QUEUE} (rejected): it was rejected."
    replay(pipeline)


def test_a_message_over_the_delivery_limit_is_collected_with_the_reason_and_replayed(
    pipeline: Pipeline, vhost_url: str
) -> None:
    pipeline.publish([message_of(event_of(placed(amazon_order_id=order_id(0))), "order.placed")])
    take_and_reject(vhost_url, DELIVERY_LIMIT + 1, requeue=True)
    letter = collected(pipeline)
    assert (letter.letter_type, letter.consumer) == (DeadLetterType.CRASH, QUEUE)
    assert f"RabbitMQ dead-lettered the message once in the queue {QUEUE} (delivery_limit)" in letter.reason
    replay(pipeline)


def test_a_message_dead_lettered_twice_is_one_letter_with_two_attempts(pipeline: Pipeline, vhost_url: str) -> None:
    pipeline.publish([message_of(event_of(placed(amazon_order_id=order_id(0))), "order.placed")])
    take_and_reject(vhost_url, 1, requeue=False)
    first = collected(pipeline)
    started = begin_replay(pipeline)
    carrier(pipeline, started.replay_id).turn()
    pipeline.relay.turn()
    take_and_reject(vhost_url, 1, requeue=False)
    again = collected(pipeline)
    assert (again.id, again.attempts, again.state) == (first.id, 2, LetterState.OPEN)
    with pipeline.ledger.read() as work:
        (item,) = work.replays.items(started.replay_id)
    assert item.outcome == again.reason
    replay(pipeline)


def test_an_unroutable_message_is_collected_and_replayed(pipeline: Pipeline) -> None:
    pipeline.publish([message_of(event_of(placed(amazon_order_id=order_id(0))), "order.misspelt")])
    letter = collected(pipeline, UNROUTED)
    assert (letter.letter_type, letter.consumer) == (DeadLetterType.UNROUTED, QUEUE)
    assert "'order.misspelt'" in letter.reason
    replay(pipeline)


def test_a_letter_that_no_broker_can_carry_fails_again_and_blocks_no_other(pipeline: Pipeline, vhost_url: str) -> None:
    nameless = json.dumps(event_of(placed(amazon_order_id=order_id(0))) | {"type": "nobody.knows"}).encode()
    connection = pika.BlockingConnection(pika.URLParameters(vhost_url))
    connection.channel().basic_publish(EVENTS, "", nameless)
    connection.close()
    letter = collected(pipeline, UNROUTED)
    started = begin_replay(pipeline)
    replay, sums = run_replay(pipeline, started.replay_id)
    assert (replay.state, sums.failed_again, sums.ended) == (ReplayState.FINISHED, 1, 1)
    with pipeline.ledger.read() as work:
        (item,) = work.replays.items(started.replay_id)
    assert item.outcome == "The name '' cannot be published: AMQP carries 1 to 255 bytes of UTF-8."
    (again,) = pipeline.letters()
    assert (again.id, again.state, again.attempts) == (letter.id, LetterState.OPEN, 2)


def test_a_letter_of_an_event_that_crossdock_does_not_publish_fails_again_at_once(pipeline: Pipeline) -> None:
    event = event_of(placed(amazon_order_id=order_id(0))) | {"type": "nobody.knows"}
    pipeline.publish([message_of(event, "nobody.knows")])
    collected(pipeline, UNROUTED)
    started = begin_replay(pipeline)
    replay, sums = run_replay(pipeline, started.replay_id)
    assert (replay.state, sums.failed_again, sums.ended) == (ReplayState.FINISHED, 1, 1)
    with pipeline.ledger.read() as work:
        (item,) = work.replays.items(started.replay_id)
    assert item.outcome == "Crossdock publishes no nobody.knows: edit the type of the event, or discard it."
