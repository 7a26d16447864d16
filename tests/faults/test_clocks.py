"""Processes whose clocks are an hour wrong: nothing expires, is taken over or delayed because of it.

Each scenario runs with the database's time, and with the process's own, which must fail.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events.envelope import encode
from faults.clocks import CLOCKS, HOUR, Clocks
from faults.fixture import WAIT_TIMEOUT, Fixture, opened_fixture
from faults.plan import publication
from schemas.message import Message
from schemas.payloads import CatalogChanged
from tests.builders import ORDER_ID, placed, shipped
from tests.servers.tiers import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PROCESS_TIME = "process_time"


@pytest.fixture
def clocks(tmp_path: Path) -> Clocks:
    return Clocks(tmp_path / "clocks")


@pytest.fixture
def fixture(
    broker_server: Server, vhost_url: str, migrated_database_url: str, tmp_path: Path, clocks: Clocks
) -> Iterator[Fixture]:
    with opened_fixture(broker_server, vhost_url, migrated_database_url, tmp_path, "") as opened:
        opened.variables = {CLOCKS: str(clocks.folder), "CROSSDOCK_EARLY_EVENT_TIMEOUT": str(HOUR / 2)}
        yield opened


def _run(fixture: Fixture, *words: str) -> None:
    assert fixture.start(*words).wait(WAIT_TIMEOUT) == 0, fixture.log()


def _defer_event(fixture: Fixture) -> None:
    """Publish an event before its order, while all clocks are right."""
    fixture.publish(publication(shipped(), "1"))
    deferring = fixture.start("work", "commerce-shipped")
    fixture.handled("commerce-shipped")
    fixture.finish(deferring)


@pytest.mark.parametrize("mutation", ["", PROCESS_TIME])
def test_an_event_waits_for_its_order_as_long_as_it_should(fixture: Fixture, clocks: Clocks, mutation: str) -> None:
    fixture.mutation = mutation
    _defer_event(fixture)
    clocks.set_offset(HOUR)
    _run(fixture, "sync")
    letters = fixture.environment.sql("select letter_type, amazon_order_id from dead_letters")
    assert letters == ([("blocked", ORDER_ID)] if mutation else [])


@pytest.mark.parametrize("mutation", ["", PROCESS_TIME])
def test_a_message_of_a_process_an_hour_ahead_is_due_now(fixture: Fixture, clocks: Clocks, mutation: str) -> None:
    fixture.mutation = mutation
    _defer_event(fixture)
    clocks.set_offset(HOUR)
    fixture.publish(publication(placed(), "2"))
    recording = fixture.start("work", "order-placed")
    fixture.handled("order-placed")
    fixture.finish(recording)
    assert clocks.read_count()
    assert fixture.environment.sql("select due_at <= now() from outbox") == [(not mutation,)]


def _change(number: int) -> Message:
    return encode(CatalogChanged(sku=f"SKU-{number}"), f"change-{number}", datetime.now(UTC))


@pytest.mark.parametrize(("mutation", "hours"), [("", 1), ("", -1), (PROCESS_TIME, 1)])
def test_a_relay_leaves_the_claims_of_the_living_alone_and_sends_what_is_due(
    fixture: Fixture, clocks: Clocks, mutation: str, hours: int
) -> None:
    fixture.mutation = mutation
    with fixture.environment.ledger.begin() as work:
        work.outbox.put([_change(1)])
    with fixture.environment.ledger.begin() as work:
        assert work.outbox.claim_due(10, timedelta(seconds=90))
    clocks.set_offset(hours * HOUR)
    relay = fixture.start("relay")
    with fixture.environment.ledger.begin() as work:
        work.outbox.put([_change(2)])
    sent = "select message_id from outbox where sent_at is not null order by 1"
    fixture.until(lambda: ("change-2",) in fixture.environment.sql(sent))
    assert fixture.environment.sql(sent) == ([("change-1",)] if mutation else []) + [("change-2",)]
    assert clocks.read_count()
    fixture.finish(relay)
