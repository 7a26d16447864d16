"""Beginning a batch before the one before it is finished."""

from collections.abc import Iterator
from threading import Event

import psycopg
import pytest

from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from tests.builders import placed
from tests.doubles import WatchedBus, watched
from tests.harness import eventually, opened_parts
from tests.pipeline.test_processor import import_request, message, who_waits
from workers.consumer import Consumer
from workers.process.parts import Parts


@pytest.fixture
def parts(migrated_database_url: str) -> Iterator[Parts]:
    """A fresh ledger on PostgreSQL and an empty bus with every queue."""
    with opened_parts("memory://", migrated_database_url) as opened:
        yield opened


def a_consumer(parts: Parts, name: str) -> tuple[Consumer, WatchedBus]:
    """A consumer of one message at a time, on a bus that is watched."""
    bus, watching = watched(parts.bus)
    return Consumer(BatchProcessor(name, parts.ledger, parts.gateways, Deadlines()), bus, 1, 10), watching


def publish_placed(parts: Parts, orders: int) -> None:
    """Have so many orders placed."""
    events = [message(placed(amazon_order_id=f"123-1234567-{number:07}")) for number in range(orders)]
    parts.bus.publish(events).wait(1.0)


def published_after_each_turn(consumer: Consumer, bus: WatchedBus, turns: int) -> list[int]:
    """Return how many batches' follow-ups have been published after each of so many turns."""
    published = []
    for _ in range(turns):
        assert consumer.turn(Event()) == 1
        published.append(len(bus.published))
    return published


@pytest.mark.postgres
def test_a_batch_is_finished_once_the_next_is_begun_and_at_once_when_there_is_none(parts: Parts) -> None:
    consumer, bus = a_consumer(parts, "order-placed")
    publish_placed(parts, orders=3)
    assert published_after_each_turn(consumer, bus, 3) == [0, 1, 3]
    consumer.close()


@pytest.mark.postgres
def test_a_batch_is_finished_before_the_next_makes_external_requests(parts: Parts) -> None:
    consumer, bus = a_consumer(parts, "importer")
    parts.processor("order-placed").take([message(placed())])
    parts.bus.publish([import_request() for _ in range(3)]).wait(1.0)
    assert published_after_each_turn(consumer, bus, 3) == [1, 2, 3]
    consumer.close()


@pytest.mark.postgres
def test_a_batch_whose_connection_is_lost_during_its_commit_is_handled_again(
    parts: Parts, migrated_database_url: str
) -> None:
    consumer, bus = a_consumer(parts, "order-placed")
    parts.processor("order-placed").take([message(placed())])  # which prepares the statement: that, too, would wait
    publish_placed(parts, orders=2)
    with psycopg.connect(migrated_database_url) as locker:
        locker.execute("LOCK TABLE inbox IN SHARE MODE")
        consumer.turn(Event())
        eventually(lambda: bool(who_waits(migrated_database_url)), "the batch waits")
        (waiting,) = who_waits(migrated_database_url)
        locker.execute("SELECT pg_terminate_backend(%s)", (waiting,))
    consumer.turn(Event())
    assert len(bus.published) == 2
    with parts.ledger.read() as work:
        assert len(work.order_lists.page().rows) == 3
    consumer.close()


@pytest.mark.postgres
def test_a_batch_that_writes_nothing_keeps_no_lock_while_the_next_is_begun(
    parts: Parts, migrated_database_url: str
) -> None:
    consumer, _ = a_consumer(parts, "order-placed")
    parts.processor("order-placed").take([again := message(placed())])
    parts.bus.publish([again, again]).wait(1.0)
    consumer.turn(Event())
    with psycopg.connect(migrated_database_url) as connection:
        idle = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
        assert connection.execute(idle).fetchall() == []
    assert consumer.turn(Event()) == 1
    consumer.close()
