"""Mutations: a scenario has no violation with all guarantees, and one without the guarantee it is about."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults import collect_history
from faults.fixture import Fixture, opened_fixture
from faults.plan import body_digest, publication
from faults.proxy import NORMAL, NetworkConditions, Proxy
from gateways.simulator.gateways import SimulatedGateways
from schemas.product import Product
from tests.builders import a_report, placed, shipped
from tests.servers.tiers import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

OTHER = "999-0000000-0000002"

MakeFixture = Callable[[str], Fixture]


@pytest.fixture
def make_fixture(
    broker_server: Server, vhost_url: str, migrated_database_url: str, tmp_path: Path
) -> Iterator[MakeFixture]:
    """Gives the fixture with a mutation, or with none ("")."""
    with opened_fixture(broker_server, vhost_url, migrated_database_url, tmp_path, "") as fixture:

        def make(mutation: str) -> Fixture:
            fixture.mutation = mutation
            return fixture

        yield make


def _invariants(fixture: Fixture) -> set[str]:
    return {violation.invariant for violation in fixture.violations()}


@pytest.mark.parametrize(("mutation", "expected"), [("", set()), ("no_inbox", {"I2"})])
def test_a_consumer_that_dies_before_its_ack_does_nothing_twice(
    make_fixture: MakeFixture, mutation: str, expected: set[str]
) -> None:
    fixture = make_fixture(mutation)
    fixture.publish(publication(placed(), "1"))
    fixture.crash("work", "order-placed", at="order-placed/before_ack#1")
    fixture.ready("order-placed")
    fixture.publish(publication(placed(amazon_order_id=OTHER), "2"))
    again = fixture.start("work", "order-placed")
    fixture.handled("order-placed", times=2)
    fixture.finish(again)
    assert _invariants(fixture) == expected


@pytest.mark.parametrize(("mutation", "expected"), [("", set()), ("early_ack", {"I1"})])
def test_a_consumer_that_dies_before_its_commit_loses_nothing(
    make_fixture: MakeFixture, mutation: str, expected: set[str]
) -> None:
    fixture = make_fixture(mutation)
    fixture.publish(publication(placed(), "1"))
    fixture.crash("work", "order-placed", at="order-placed/before_commit#1")
    fixture.ready("order-placed", 0 if mutation else 1)
    fixture.publish(publication(placed(amazon_order_id=OTHER), "2"))
    again = fixture.start("work", "order-placed")
    fixture.handled("order-placed", times=1 if mutation else 2)
    fixture.finish(again)
    assert _invariants(fixture) == expected


@pytest.mark.parametrize(("mutation", "expected"), [("", set()), ("no_confirms", {"I3"})])
def test_unconfirmed_follow_ups_are_published_again(
    make_fixture: MakeFixture, mutation: str, expected: set[str]
) -> None:
    fixture = make_fixture(mutation)
    proxy = Proxy(fixture.environment.broker_port)
    proxy.conditions = NetworkConditions(blackhole=b"publishes")
    fixture.publish(publication(a_report(), "1"))
    unconfirmed = fixture.start("work", "status-changed", broker_port=proxy.port)
    fixture.handled("status-changed")
    fixture.until(lambda: bool(proxy.counts["bytes swallowed"]))
    fixture.faults += 1
    if mutation:
        fixture.finish(unconfirmed)
    else:
        fixture.kill(unconfirmed)
        fixture.ready("status-changed")
    proxy.conditions = NORMAL
    again = fixture.start("work", "status-changed", "importer", broker_port=proxy.port)
    if not mutation:
        fixture.handled("importer")
    fixture.publish(publication(a_report(amazon_order_id=OTHER), "2"))
    fixture.handled("importer", times=1 if mutation else 2)
    fixture.finish(again)
    proxy.close()
    assert _invariants(fixture) == expected


@pytest.mark.parametrize(("mutation", "expected"), [("", set()), ("no_look", {"I2"})])
def test_an_importer_that_dies_after_creating_creates_no_second_order(
    make_fixture: MakeFixture, mutation: str, expected: set[str]
) -> None:
    fixture = make_fixture(mutation)
    gateways = SimulatedGateways(fixture.environment.ledger.documents)
    gateways.commerce.catalog.save([Product(sku="SKU-1", name="Thing", quantity=10)])
    fixture.publish(publication(a_report(), "1"))
    recording = fixture.start("work", "status-changed")
    fixture.handled("status-changed")
    fixture.finish(recording)
    fixture.crash("work", "importer", at="importer/after_request#2")
    again = fixture.start("work", "importer")
    fixture.handled("importer")
    fixture.finish(again)
    assert _invariants(fixture) == expected


@pytest.mark.parametrize(("mutation", "expected"), [("", set()), ("death_headers_kept", {"I1"})])
def test_a_message_that_died_before_can_die_again(make_fixture: MakeFixture, mutation: str, expected: set[str]) -> None:
    fixture = make_fixture(mutation)
    parcel = publication(shipped(), "1")
    # As if an operator had let it expire in the dead-letter queue, so that it came back.
    death = {"queue": "commerce-shipped.dead", "reason": "expired", "count": 1, "exchange": "crossdock.dead"}
    fixture.publish(parcel, **{"x-death": [death | {"routing-keys": ["commerce-shipped"]}]})
    deferring = fixture.start("work", "commerce-shipped")
    fixture.handled("commerce-shipped")
    fixture.finish(deferring)
    fixture.publish(publication(placed(), "2"))
    recording, relaying = fixture.start("work", "order-placed"), fixture.start("relay")
    fixture.ready("commerce-shipped")
    fixture.finish(recording)
    fixture.finish(relaying)
    behind = publication(shipped(amazon_order_id=OTHER), "3")
    fixture.publish(behind)
    _reject_all(fixture, "commerce-shipped")
    fixture.until(lambda: behind.digest in collect_history.nets_of(fixture.environment))
    assert _invariants(fixture) == expected
    assert (body_digest(parcel.body) in collect_history.nets_of(fixture.environment)) is not bool(mutation)


def _reject_all(fixture: Fixture, queue: str) -> None:
    """Reject each message of a queue until the broker dead-letters it."""
    connection = fixture.environment.connect()
    channel = connection.channel()
    while (got := channel.basic_get(queue))[0] is not None:
        channel.basic_reject(got[0].delivery_tag, requeue=True)
        fixture.faults += 1
    connection.close()
