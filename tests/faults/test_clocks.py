"""Processes whose clocks are an hour wrong: nothing is overdue, taken over or put off because of it.

Each scene is played with the database's time, and with the process's own, where it must go wrong.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events.envelope import encode
from faults.clocks import CLOCKS, HOUR, Clocks
from faults.fixture import LONG, Stage, staged
from faults.plan import publication
from schemas.message import Message
from schemas.payloads import CatalogChanged
from tests.builders import ORDER_ID, placed, shipped
from tests.servers.tiers import Server

pytestmark = pytest.mark.timeout(120)

OWN_TIME = "process_time"


@pytest.fixture
def clocks(tmp_path: Path) -> Clocks:
    return Clocks(tmp_path / "clocks")


@pytest.fixture
def stage(broker_server: Server, vhost_url: str, database_url: str, tmp_path: Path, clocks: Clocks) -> Iterator[Stage]:
    with staged(broker_server, vhost_url, database_url, tmp_path, "") as opened:
        opened.variables = {CLOCKS: str(clocks.folder), "CROSSDOCK_EARLY_EVENT_TIMEOUT": str(HOUR / 2)}
        yield opened


def _run(stage: Stage, *words: str) -> None:
    assert stage.start(*words).wait(LONG) == 0, stage.log()


def _set_aside_early(stage: Stage) -> None:
    """Have an event come before its order, while all clocks are right."""
    stage.publish(publication(shipped(), "1"))
    waiting = stage.start("work", "commerce-shipped")
    stage.handled("commerce-shipped")
    stage.finish(waiting)


@pytest.mark.parametrize("mutation", ["", OWN_TIME])
def test_an_event_waits_for_its_order_as_long_as_it_should(stage: Stage, clocks: Clocks, mutation: str) -> None:
    stage.mutation = mutation
    _set_aside_early(stage)
    clocks.put(HOUR)
    _run(stage, "sync")
    letters = stage.place.sql("select letter_type, amazon_order_id from dead_letters")
    assert letters == ([("blocked", ORDER_ID)] if mutation else [])


@pytest.mark.parametrize("mutation", ["", OWN_TIME])
def test_what_a_process_an_hour_ahead_has_to_say_is_due_now(stage: Stage, clocks: Clocks, mutation: str) -> None:
    stage.mutation = mutation
    _set_aside_early(stage)
    clocks.put(HOUR)
    stage.publish(publication(placed(), "2"))
    recording = stage.start("work", "order-placed")
    stage.handled("order-placed")
    stage.finish(recording)
    assert clocks.looked()
    assert stage.place.sql("select due_at <= now() from outbox") == [(not mutation,)]


def _change(number: int) -> Message:
    return encode(CatalogChanged(sku=f"SKU-{number}"), f"change-{number}", datetime.now(UTC))


@pytest.mark.parametrize(("mutation", "hours"), [("", 1), ("", -1), (OWN_TIME, 1)])
def test_a_relay_leaves_the_claims_of_the_living_alone_and_sends_what_is_due(
    stage: Stage, clocks: Clocks, mutation: str, hours: int
) -> None:
    stage.mutation = mutation
    with stage.place.ledger.begin() as work:
        work.outbox.put([_change(1)])
    with stage.place.ledger.begin() as work:
        assert work.outbox.claim_due(10, timedelta(seconds=90))
    clocks.put(hours * HOUR)
    relay = stage.start("relay")
    with stage.place.ledger.begin() as work:
        work.outbox.put([_change(2)])
    sent = "select message_id from outbox where sent_at is not null order by 1"
    stage.until(lambda: ("change-2",) in stage.place.sql(sent))
    assert stage.place.sql(sent) == ([("change-1",)] if mutation else []) + [("change-2",)]
    assert clocks.looked()
    stage.finish(relay)
