"""Reports of a process about itself: unacknowledged messages, idle consumers, breakers, the queues in its memory."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from operations.monitoring.pipeline import PipelineReader
from schemas.errors import RetryableError
from schemas.processes import RunningProcess
from tests.builders import HOME, placed, usd
from tests.doubles import FlakyGateways
from tests.harness import eventually, opened_parts
from tests.letters import LaterClock, order_id
from tests.pipeline.test_processor import message
from workers.circuit_breaker import FAILED_EVENTS
from workers.consumer import Consumer
from workers.process.parts import Parts
from workers.process_reporter import ProcessReporter


@pytest.fixture
def on_rabbitmq(vhost_url: str, tmp_path: Path, clock: LaterClock) -> Iterator[Parts]:
    """Parts with queues on a server, and five messages for the consumer order-placed."""
    with opened_parts(vhost_url, f"sqlite:///{tmp_path}/crossdock.db", clock) as parts:
        parts.bus.publish([message(placed(amazon_order_id=f"123-1234567-{n:07}")) for n in range(5)]).wait(60.0)
        yield parts


def _reporter(parts: Parts, name: str, loops: Mapping[str, object]) -> ProcessReporter:
    return ProcessReporter(parts.settings, parts.ledger, name, parts.bus, loops)


def reports(parts: Parts) -> list[RunningProcess]:
    with parts.ledger.read() as work:
        return work.processes.all()


@pytest.mark.broker
def test_messages_that_a_consumer_holds_are_reported_and_a_stuck_one_makes_it_unready(
    on_rabbitmq: Parts, clock: LaterClock
) -> None:
    consumer = Consumer(on_rabbitmq.processor("order-placed"), on_rabbitmq.bus, 100, 300)
    reporter = _reporter(on_rabbitmq, "crossdock order-placed", {"order-placed": consumer})
    eventually(lambda: consumer.unacknowledged == 5, "all five are delivered")
    reporter.report()
    reporter.check()
    clock.pass_time(minutes=3)
    with capture_logs() as logs:
        reporter.report()
        reporter.report()
    assert [(line["event"], line["consumer"]) for line in logs] == [("consumer stuck", "order-placed")]
    with pytest.raises(RetryableError, match=r"has held 5 messages since .* and acknowledged none"):
        reporter.check()
    (state,) = [one for one in PipelineReader(on_rabbitmq.ledger, None).read().consumers if one.unacknowledged]
    assert (state.name, state.unacknowledged, state.reporting) == ("order-placed", 5, 1)
    assert state.stuck_since is not None
    consumer.turn(Event(), 60.0)
    eventually(lambda: consumer.turn(Event(), 0.1) == 0 and consumer.unacknowledged == 0, "all are acknowledged")
    reporter.report()
    reporter.check()
    consumer.close()


def test_a_process_shows_the_queues_in_its_memory_and_removes_its_report_when_it_ends(parts: Parts) -> None:
    parts.bus.publish([message(placed())]).wait(60.0)
    stop = Event()
    running = Thread(target=_reporter(parts, "crossdock up", {}).run, args=(stop,))
    running.start()
    try:
        eventually(lambda: bool(reports(parts)), "the process has reported")
        state = PipelineReader(parts.ledger, None).read()
        assert state.broker.reachable
        assert {one.name: one.ready for one in state.consumers if one.ready} == {"order-placed": 1}
    finally:
        stop.set()
        running.join()
    assert reports(parts) == []
    assert "none reports any" in str(PipelineReader(parts.ledger, None).read().broker.problem)


def test_an_open_breaker_is_reported_until_it_closes(parts: Parts, clock: LaterClock) -> None:
    outside = FlakyGateways(parts.gateways)
    outside.away = True
    cut_off = replace(parts, gateways=outside)
    first, importer = (Consumer(cut_off.processor(name), parts.bus, 1, 1) for name in ("order-placed", "importer"))
    reporter = _reporter(cut_off, "crossdock importer", {"importer": importer})
    for number in range(FAILED_EVENTS):
        facts = {"status": "Unshipped", "order_total": usd("10.00"), "shipping_address": HOME}
        parts.bus.publish([message(placed(amazon_order_id=order_id(number), **facts))]).wait(60.0)
        eventually(lambda: first.turn(Event(), 1.0) > 0, "the order is recorded")
    eventually(lambda: importer.turn(Event(), 0.1) == 0 and importer.breaker_open_for is not None, "the breaker opens")
    clock.pass_time(hours=5)
    reporter.report()
    (state,) = [one for one in PipelineReader(parts.ledger, None).read().consumers if one.name == "importer"]
    assert state.breaker_open_since is not None
    assert clock() - state.breaker_open_since < timedelta(hours=1), "by the clock of the ledger"
    first.close()
    importer.close()


def test_a_process_that_cannot_report_says_so_once(parts: Parts) -> None:
    reporter = _reporter(parts, "crossdock relay", {})
    with parts.ledger._engine.begin() as connection:
        connection.execute(text("DROP TABLE processes"))
    with capture_logs() as logs:
        for _ in range(2):
            reporter._try(reporter.report)
    assert [line["event"] for line in logs] == ["process not reported"]


def test_a_process_without_a_report_for_half_a_minute_is_gone_and_holds_nothing(
    parts: Parts, clock: LaterClock
) -> None:
    _reporter(parts, "crossdock relay", {}).report()
    clock.pass_time(minutes=1)
    (process,) = PipelineReader(parts.ledger, None).read().processes
    assert process.gone
    clock.pass_time(hours=25)
    _reporter(parts, "crossdock scheduler", {}).report()
    assert [one.name for one in reports(parts)] == ["crossdock scheduler"]
