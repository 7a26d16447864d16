"""The consumer: publish after the commit, acknowledge after the confirmation, finish begun batches when stopped."""

from threading import Event, Thread
from typing import cast

import pytest
from structlog.testing import capture_logs

from events.envelope import decode
from events.errors import UnconfirmedError
from ledger.ledger import Ledger
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.history import InboxState
from tests.builders import placed
from tests.doubles import AwayLedger, FlakyGateways, WatchedBus, away, watched
from tests.harness import SOON, eventually
from tests.pipeline.test_processor import import_request, message, order_of, state_of
from workers.circuit_breaker import FAILED_EVENTS
from workers.consumer import Consumer
from workers.process import retry as retry_module
from workers.process.parts import Parts
from workers.process.retry import StoppedError
from workers.relay import LEASE

PLACED = "order-placed"


def a_consumer(
    parts: Parts, ledger: Ledger | None = None, batch: int = 100, prefetch: int = 300
) -> tuple[Consumer, WatchedBus]:
    """A consumer of placed orders, on a bus that is watched."""
    bus, watching = watched(parts.bus)
    return Consumer(
        BatchProcessor(PLACED, ledger or parts.ledger, parts.gateways, Deadlines()), bus, batch, prefetch
    ), watching


def publish(parts: Parts, orders: int = 1) -> None:
    """Have so many orders placed."""
    events = [message(placed(amazon_order_id=f"123-1234567-{number:07}")) for number in range(orders)]
    parts.bus.publish(events).wait(1.0)


def unacknowledged(parts: Parts, consumer: Consumer) -> int:
    """Close the consumer, and count the messages that are delivered again."""
    consumer.close()
    return parts.bus.message_count(PLACED)


def test_a_batch_is_acknowledged_once_its_follow_ups_are_confirmed(parts: Parts) -> None:
    consumer, bus = a_consumer(parts)
    publish(parts)
    assert consumer.turn(Event()) == 1
    assert [receipt.done for receipt in bus.receipts] == [False]
    assert consumer.turn(Event()) == 0
    assert [receipt.done for receipt in bus.receipts] == [True]
    assert unacknowledged(parts, consumer) == 0


def test_a_batch_whose_follow_ups_are_not_confirmed_comes_again(parts: Parts) -> None:
    consumer, _ = a_consumer(parts)
    publish(parts)
    consumer.turn(Event())
    assert unacknowledged(parts, consumer) == 1


def test_batches_are_handled_while_others_await_their_confirmation_up_to_the_prefetch(parts: Parts) -> None:
    consumer, bus = a_consumer(parts, batch=1, prefetch=3)
    publish(parts, orders=5)
    assert [consumer.turn(Event()) for _ in range(3)] == [1, 1, 1]
    assert [receipt.done for receipt in bus.receipts] == [False] * 3
    assert consumer.turn(Event()) == 0
    assert [receipt.done for receipt in bus.receipts] == [True] * 3
    assert unacknowledged(parts, consumer) == 2


def test_a_prefetch_below_the_batch_does_not_cut_the_batch(parts: Parts) -> None:
    consumer, _ = a_consumer(parts, batch=4, prefetch=2)
    publish(parts, orders=4)
    assert consumer.turn(Event()) == 4


def test_unconfirmed_follow_ups_are_published_again_with_the_same_ids(parts: Parts) -> None:
    consumer, bus = a_consumer(parts)
    bus.fail_next = 2
    publish(parts)
    consumer.turn(Event())
    consumer.turn(Event())
    first, second, third = bus.published
    assert first
    assert first == second == third
    assert unacknowledged(parts, consumer) == 0


def test_follow_ups_of_a_consumer_that_died_between_commit_and_publication_are_published(parts: Parts) -> None:
    processor = parts.processor(PLACED)
    publish(parts)
    subscription = parts.bus.subscribe(PLACED, 10)
    follow_ups = processor.take([delivery.message for delivery in subscription.receive(10, 0.0)]).follow_ups
    subscription.close()
    consumer, bus = a_consumer(parts)
    assert consumer.turn(Event()) == 1
    assert bus.published == [[message.id for message in follow_ups]]


def test_follow_ups_of_a_consumer_that_died_before_the_acknowledgement_are_published_again(parts: Parts) -> None:
    publish(parts)
    died, before = a_consumer(parts)
    died.turn(Event())
    died.close()
    consumer, after = a_consumer(parts)
    consumer.turn(Event())
    assert before.published == after.published
    with parts.ledger.read() as work:
        assert len(work.order_lists.page().rows) == 1


def test_an_unavailable_ledger_is_retried(parts: Parts) -> None:
    consumer, _ = a_consumer(parts, away(parts.ledger, 3))
    publish(parts)
    assert consumer.turn(Event()) == 1
    with parts.ledger.read() as work:
        assert len(work.order_lists.page().rows) == 1


@pytest.mark.parametrize("waits_for", ["begin", "commit", "confirmation"])
def test_in_a_long_outage_it_returns_its_messages_once_and_takes_them_again_when_it_is_over(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, waits_for: str
) -> None:
    monkeypatch.setattr(retry_module, "LONG_OUTAGE", 0.2)
    unavailable = AwayLedger(parts.ledger, 10**6 if waits_for == "begin" else 0)
    consumer, bus = a_consumer(parts, cast("Ledger", unavailable), batch=2)
    if waits_for == "confirmation":
        bus.fail_next = 10**6
    if waits_for == "commit":
        unavailable.fail_commits = True
    publish(parts, orders=5)
    stop = Event()
    running = Thread(target=consumer.run, args=(stop,), daemon=True)
    with capture_logs() as logged:
        running.start()
        eventually(lambda: any(line["event"].startswith("messages returned") for line in logged), "it returns them")
    eventually(lambda: parts.bus.message_count(PLACED) == 5, "all are returned")
    Event().wait(0.5)
    assert parts.bus.message_count(PLACED) == 5
    unavailable.failures, unavailable.fail_commits, bus.fail_next = 0, False, 0
    eventually(lambda: parts.bus.message_count(PLACED) == 0, "it takes them")
    stop.set()
    running.join(SOON)
    assert unacknowledged(parts, consumer) == 0
    with parts.ledger.read() as work:
        assert len(work.order_lists.page().rows) == 5


def test_stopped_while_the_ledger_is_unavailable_it_leaves_its_messages_unacknowledged(parts: Parts) -> None:
    consumer, _ = a_consumer(parts, away(parts.ledger, 10**6))
    publish(parts)
    stop = Event()
    running = Thread(target=consumer.run, args=(stop,), daemon=True)
    running.start()
    eventually(lambda: parts.bus.message_count(PLACED) == 0, "the message is taken")
    stop.set()
    running.join(SOON)
    assert not running.is_alive()
    assert parts.bus.message_count(PLACED) == 1


def test_stopped_in_the_middle_of_a_batch_it_finishes_it(parts: Parts, ledger: Ledger) -> None:
    asked, stop = Event(), Event()
    parts.processor(PLACED).take([message(placed())])
    outside = FlakyGateways(parts.gateways)

    def wait_for_stop() -> None:
        asked.set()
        stop.wait(SOON)

    outside.meanwhile = wait_for_stop
    consumer = Consumer(BatchProcessor("importer", ledger, outside, Deadlines()), parts.bus, 100, 300)
    request = import_request()
    parts.bus.publish([request]).wait(1.0)
    running = Thread(target=consumer.run, args=(stop,), daemon=True)
    running.start()
    assert asked.wait(SOON)
    stop.set()
    running.join(SOON)
    assert not running.is_alive()
    assert parts.bus.message_count("importer") == 0
    assert state_of(ledger, "importer", request) is InboxState.DONE
    assert order_of(ledger) is not None


def test_while_an_external_system_is_unavailable_it_takes_one_message_at_a_time(parts: Parts, ledger: Ledger) -> None:
    outside = FlakyGateways(parts.gateways)
    outside.away = True
    parts.processor(PLACED).take([message(placed())])
    consumer = Consumer(BatchProcessor("importer", ledger, outside, Deadlines()), parts.bus, 100, 300)
    taken = []
    until_it_opens = FAILED_EVENTS // 2
    for _ in range(until_it_opens + 2):
        parts.bus.publish([import_request() for _ in range(2)]).wait(1.0)
        taken.append(consumer.turn(Event()))
    assert taken == [2] * until_it_opens + [1, 1]
    outside.away = False
    parts.bus.publish([import_request() for _ in range(3)]).wait(1.0)
    assert [consumer.turn(Event()) for _ in range(2)] == [1, 4]
    consumer.close()


def test_messages_beside_an_unreadable_one_are_acknowledged_with_it(parts: Parts) -> None:
    consumer, _ = a_consumer(parts)
    publish(parts, orders=2)
    bad = message(placed()).body[:-1]
    parts.bus.publish([type(import_request())(id="", name="order.placed", body=bad)]).wait(1.0)
    assert consumer.turn(Event()) == 3
    consumer.turn(Event())
    assert unacknowledged(parts, consumer) == 0


def test_follow_ups_name_their_cause(parts: Parts) -> None:
    sent = message(placed())
    (follow_up,) = parts.processor(PLACED).take([sent]).follow_ups
    event = decode(follow_up)
    assert event.correlation_id == decode(sent).id
    assert b'"causationid":"%s"' % decode(sent).id.encode() in follow_up.body


def test_follow_ups_that_an_alarm_holds_up_go_by_the_outbox_and_the_batch_is_acknowledged(parts: Parts) -> None:
    consumer, bus = a_consumer(parts)
    bus.fail_next, bus.fail_with = 1, UnconfirmedError("A memory alarm.")
    publish(parts, orders=2)
    consumer.turn(Event())
    assert consumer.turn(Event()) == 0
    assert unacknowledged(parts, consumer) == 0
    with parts.ledger.begin() as work:
        stored = [claimed.message.id for claimed in work.outbox.claim_due(10, LEASE)]
    assert [sorted(stored)] == [sorted(published) for published in bus.published]


def test_stopped_while_the_broker_does_not_confirm_it_leaves_the_batch_unacknowledged(parts: Parts) -> None:
    consumer, bus = a_consumer(parts)
    bus.fail_next = 10**6
    publish(parts)
    stop = Event()
    consumer.turn(stop)
    stop.set()
    with pytest.raises(StoppedError):
        consumer.turn(stop)
    assert unacknowledged(parts, consumer) == 1
