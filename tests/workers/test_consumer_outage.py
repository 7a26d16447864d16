"""An outage that lasts for many of RabbitMQ's consumer timeouts: no message in hand is dead-lettered for it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Event, Thread
from typing import cast

import pytest
from sqlalchemy import text

from events.topology import dead_letter_queue
from ledger.ledger import Ledger
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.message import Message
from schemas.payloads import ImportRequested
from tests.builders import STORE_ID, placed
from tests.doubles import AwayLedger, FlakyGateways, watched
from tests.harness import eventually, opened_parts
from tests.pipeline.test_processor import message
from tests.servers import rabbitmq
from workers import circuit_breaker
from workers.consumer import Consumer
from workers.process.parts import Parts

pytestmark = [pytest.mark.broker, pytest.mark.slow, pytest.mark.timeout(600)]

CONSUMER_TIMEOUT = 1.0
LIMITS = "application:set_env(rabbit, consumer_timeout, 1000), application:set_env(rabbit, channel_tick_interval, 200)."
EVENTS = 60
PLACED = "order-placed"


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """The URL of a node whose consumer timeout is a second, not half an hour."""
    with rabbitmq.own_node("short-timeout") as node:
        node.control("eval", LIMITS)
        yield f"{rabbitmq.server_of(node).url}/%2F"


@pytest.fixture
def parts(broker: str, url: str) -> Iterator[Parts]:
    """A fresh ledger, and the node with empty queues."""
    with opened_parts(broker, url) as opened:
        for queue in (PLACED, "importer", dead_letter_queue(PLACED), dead_letter_queue("importer")):
            with closing(opened.bus.subscribe(queue, 500)) as subscription:
                while deliveries := subscription.receive(500, 0.5):
                    subscription.ack(deliveries)
        yield opened


def order_id(number: int) -> str:
    return f"123-1234567-{number:07}"


def orders() -> list[Message]:
    return [message(placed(amazon_order_id=order_id(number))) for number in range(EVENTS)]


def run_through_outage(parts: Parts, consumer: Consumer, name: str, end_outage: Callable[[], object]) -> None:
    """Let a consumer meet an outage of 25 consumer timeouts, and wait until all its events are handled or deferred."""
    stop = Event()
    running = Thread(target=consumer.run, args=(stop,), daemon=True)
    running.start()
    Event().wait(25 * CONSUMER_TIMEOUT)
    end_outage()
    eventually(lambda: accounted(parts, name) >= EVENTS, "all is handled or deferred")
    stop.set()
    running.join(60.0)
    assert not running.is_alive()
    assert parts.bus.message_count(dead_letter_queue(name)) == 0


def accounted(parts: Parts, consumer: str) -> int:
    """Return how many events a consumer has handled or deferred."""
    counts = (
        "SELECT (SELECT count(*) FROM inbox WHERE consumer = :consumer)"
        " + (SELECT count(*) FROM outbox WHERE to_consumer = :consumer)"
    )
    with parts.ledger._engine.connect() as connection:
        return int(connection.execute(text(counts), {"consumer": consumer}).scalar_one())


@pytest.mark.parametrize("waits_for", ["begin", "commit", "confirmation"])
def test_a_database_or_broker_away_for_25_consumer_timeouts_costs_no_event(parts: Parts, waits_for: str) -> None:
    unavailable = AwayLedger(parts.ledger, 10**6 if waits_for == "begin" else 0)
    unavailable.fail_commits = waits_for == "commit"
    bus, watching = watched(parts.bus)
    watching.fail_next = 10**6 if waits_for == "confirmation" else 0
    processor = BatchProcessor(PLACED, cast("Ledger", unavailable), parts.gateways, Deadlines())
    parts.bus.publish(orders()).wait(30.0)

    def end() -> None:
        unavailable.failures, unavailable.fail_commits, watching.fail_next = 0, False, 0

    run_through_outage(parts, Consumer(processor, bus, 20, 100), PLACED, end)


def test_commerce_away_for_25_consumer_timeouts_costs_no_event(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit_breaker, "LONGEST_PAUSE", 3 * CONSUMER_TIMEOUT)
    outside = FlakyGateways(parts.gateways)
    outside.away = True
    parts.processor(PLACED).take(orders())
    requests = [ImportRequested(store_id=STORE_ID, amazon_order_id=order_id(number)) for number in range(EVENTS)]
    parts.bus.publish([message(request) for request in requests]).wait(30.0)
    processor = BatchProcessor("importer", parts.ledger, outside, Deadlines())
    run_through_outage(
        parts, Consumer(processor, parts.bus, 1, 100), "importer", lambda: setattr(outside, "away", False)
    )
