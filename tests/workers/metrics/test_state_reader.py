"""The state that the leading scheduler reads: queues, outbox, dead letters, blocked orders, replays."""

from datetime import timedelta
from threading import Event
from time import monotonic

import pytest

from events.registry import CONSUMERS
from schemas.communication_errors import CommunicationError
from schemas.processes import ConsumerReport, RunningProcess
from schemas.settings import read_settings
from tests.builders import a_report, placed, shipped
from tests.doubles import away
from tests.harness import Pipeline
from tests.letters import LaterClock
from tests.pipeline.test_processor import message
from tests.workers.metrics.samples import samples_of
from workers.metrics.state_reader import StateReader
from workers.process.parts import Parts
from workers.runner import scheduler_loops


def read(parts: Parts, *, leads: bool = True) -> StateReader:
    """Have the state read once."""
    reader = StateReader(parts.ledger, parts.bus, lambda: leads)
    parts.metrics.registry.register(reader)
    reader.turn()
    return reader


def test_blocked_orders_count_by_cause_and_have_an_age(pipeline: Pipeline, clock: LaterClock) -> None:
    pipeline.handle(placed(), a_report("Unshipped"))
    clock.pass_time(hours=2)
    read(pipeline.parts)
    value = samples_of(pipeline.parts.metrics.registry)
    assert value("crossdock_blocked_orders", cause="product_missing") == 1
    assert value("crossdock_blocked_orders", cause="money") == 0
    assert 7200 <= value("crossdock_blocked_orders_oldest_seconds", cause="product_missing") < 7800
    assert value("crossdock_dead_letters", **{"class": "blocked"}) == 1
    assert value("crossdock_dead_letters", **{"class": "crash"}) == 0


def test_budgets_and_failed_calls_are_labeled_by_the_name_of_their_seller_and_never_by_its_id(
    pipeline: Pipeline,
) -> None:
    sellers = read_settings(
        {
            "CROSSDOCK_AMAZON_SELLERS": "acme,beta",
            "CROSSDOCK_AMAZON_ACME_SELLER_ID": "A1SELLER",
            "CROSSDOCK_AMAZON_BETA_SELLER_ID": "A2SELLER",
        }
    ).sellers
    failed = CommunicationError(
        system="amazon", operation="sign in", outcome="blocked", code="invalid_grant", sentence="No.", seller="beta"
    )
    with pipeline.ledger.begin() as work:
        for account in ("A1SELLER", "A2SELLER", "A9FORMER"):
            work.rate_buckets.empty(f"amazon/{account}/getOrder", per_second=0.5, burst=1000)
        work.communication_errors.add(failed)
    registry = pipeline.parts.metrics.registry
    reader = StateReader(pipeline.ledger, pipeline.parts.bus, lambda: True, sellers)
    registry.register(reader)
    reader.turn()
    value = samples_of(registry)
    debts = [value("crossdock_rate_budget_debt_seconds", system="amazon", seller=name, operation="getOrder")
             for name in ("acme", "beta", "")]  # fmt: skip
    assert all(debt > 1000 for debt in debts)
    assert value("crossdock_communication_errors", system="amazon", seller="beta", outcome="blocked") == 1
    assert "SELLER" not in pipeline.parts.metrics.page().body.decode()


def test_every_queue_has_its_depth_and_its_consumers(pipeline: Pipeline) -> None:
    pipeline.consumers["order-placed"].close()
    pipeline.publish([])
    parts = pipeline.parts
    read(parts)
    value = samples_of(parts.metrics.registry)
    assert [value("crossdock_queue_messages", queue=name) for name in CONSUMERS] == [0] * len(CONSUMERS)
    assert value("crossdock_queue_consumers", queue="order-placed") == 0
    assert value("crossdock_queue_consumers", queue="importer") == 1
    assert value("crossdock_queue_messages", queue="importer.dead") == 0


def test_a_queue_that_always_has_messages_shows_since_when(pipeline: Pipeline) -> None:
    pipeline.publish([message(placed())])
    reader = read(pipeline.parts)
    Event().wait(0.02)  # an age, and no condition to wait for
    reader.turn()
    value = samples_of(pipeline.parts.metrics.registry)
    assert value("crossdock_queue_messages", queue="order-placed") == 1
    assert value("crossdock_queue_not_empty_seconds", queue="order-placed") >= 0.02
    pipeline.drain()
    reader.turn()
    assert samples_of(pipeline.parts.metrics.registry)("crossdock_queue_not_empty_seconds", queue="order-placed") == 0


@pytest.mark.databases("sqlite", "postgresql")
def test_messages_that_processes_hold_count_by_consumer_and_show_how_long_one_has_stood_still(
    pipeline: Pipeline, clock: LaterClock
) -> None:
    began = clock()
    consumers = (ConsumerReport(name="importer", unacknowledged=5, stuck_since=began),)
    clock.pass_time(minutes=10)
    for process in ("one", "another", "gone"):
        age = timedelta(minutes=5) if process == "gone" else timedelta(0)
        report = RunningProcess(
            id=process,
            name="crossdock importer",
            host="a",
            pid=1,
            version="0",
            started_at=began,
            seen_at=clock() - age,
            consumers=consumers,
        )
        with pipeline.ledger.begin() as work:
            work.processes.report(report)
    read(pipeline.parts)
    value = samples_of(pipeline.parts.metrics.registry)
    assert value("crossdock_unacknowledged_messages", consumer="importer") == 10
    assert value("crossdock_unacknowledged_messages", consumer="confirmer") == 0
    assert 600 <= value("crossdock_stuck_seconds", consumer="importer") < 900
    assert value("crossdock_stuck_seconds", consumer="confirmer") == 0


def test_events_that_wait_for_their_order_and_errors_of_the_last_hour_are_counted(
    pipeline: Pipeline, clock: LaterClock
) -> None:
    error = CommunicationError(
        system="commerce", operation="create order", outcome="try later", code="503", sentence="It is down."
    )
    with pipeline.ledger.begin() as work:
        work.communication_errors.add(error)
    pipeline.handle(shipped())
    reader = read(pipeline.parts)
    value = samples_of(pipeline.parts.metrics.registry)
    assert value("crossdock_deferred_events", **{"for": "order"}) == 1
    assert value("crossdock_communication_errors", system="commerce", seller="", outcome="try later") == 1
    clock.pass_time(hours=2)
    reader.turn()
    assert "crossdock_communication_errors{" not in pipeline.parts.metrics.page().body.decode()


def test_a_reading_stays_while_a_server_is_away_and_its_age_shows_it(parts: Parts) -> None:
    reader = read(parts)
    reader._ledger = away(parts.ledger, failures=1)
    Event().wait(0.02)  # an age, and no condition to wait for
    reader.turn()
    assert samples_of(parts.metrics.registry)("crossdock_state_age_seconds") >= 0.02
    begun = monotonic()
    reader.turn()
    assert samples_of(parts.metrics.registry)("crossdock_state_age_seconds") <= monotonic() - begun


def test_a_scheduler_that_does_not_lead_shows_no_state(parts: Parts) -> None:
    read(parts, leads=False)
    assert b"crossdock_queue_messages" not in parts.metrics.page().body


def test_the_state_is_read_where_metrics_are_served_and_by_the_leader(parts: Parts) -> None:
    assert list(scheduler_loops(parts)) == ["scheduler"]
    served = Parts(parts.settings.model_copy(update={"health_port": 1}), parts.ledger, parts.bus, parts.gateways)
    loops = scheduler_loops(served)
    reader = loops["metrics"]
    assert isinstance(reader, StateReader)
    reader.turn()
    assert list(reader.collect()) == []
    with parts.ledger.lead("scheduler") as leadership:
        loops["scheduler"]._run_due(leadership)  # type: ignore[attr-defined]
    reader.turn()
    assert list(reader.collect())
