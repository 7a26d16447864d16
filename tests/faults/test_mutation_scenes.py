"""The guarantees, mutated: the same scene is good with all safeties, and seen to be bad without the one it is about."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults import collect_history
from faults.fixture import Stage, staged
from faults.plan import digest_of, publication
from faults.proxy import FAIR, Proxy, Weather
from gateways.simulator.gateways import SimulatedGateways
from schemas.product import Product
from tests.builders import a_report, placed, shipped
from tests.servers.tiers import Server

pytestmark = pytest.mark.timeout(180)

OTHER = "999-0000000-0000002"

MakeStage = Callable[[str], Stage]


@pytest.fixture
def make_stage(broker_server: Server, vhost_url: str, database_url: str, tmp_path: Path) -> Iterator[MakeStage]:
    """Sets the stage with a safety taken away, or with none."""
    with staged(broker_server, vhost_url, database_url, tmp_path, "") as stage:

        def make(mutation: str) -> Stage:
            stage.mutation = mutation
            return stage

        yield make


def _verdict(stage: Stage) -> set[str]:
    return {violation.invariant for violation in stage.verdict()}


@pytest.mark.parametrize(("mutation", "wrong"), [("", set()), ("no_inbox", {"I2"})])
def test_a_consumer_that_dies_before_its_ack_does_nothing_twice(
    make_stage: MakeStage, mutation: str, wrong: set[str]
) -> None:
    stage = make_stage(mutation)
    stage.publish(publication(placed(), "1"))
    stage.crash("work", "order-placed", at="order-placed/before_ack#1")
    stage.ready("order-placed")
    stage.publish(publication(placed(amazon_order_id=OTHER), "2"))
    again = stage.start("work", "order-placed")
    stage.handled("order-placed", times=2)
    stage.finish(again)
    assert _verdict(stage) == wrong


@pytest.mark.parametrize(("mutation", "wrong"), [("", set()), ("early_ack", {"I1"})])
def test_a_consumer_that_dies_before_its_commit_loses_nothing(
    make_stage: MakeStage, mutation: str, wrong: set[str]
) -> None:
    stage = make_stage(mutation)
    stage.publish(publication(placed(), "1"))
    stage.crash("work", "order-placed", at="order-placed/before_commit#1")
    stage.ready("order-placed", 0 if mutation else 1)
    stage.publish(publication(placed(amazon_order_id=OTHER), "2"))
    again = stage.start("work", "order-placed")
    stage.handled("order-placed", times=1 if mutation else 2)
    stage.finish(again)
    assert _verdict(stage) == wrong


@pytest.mark.parametrize(("mutation", "wrong"), [("", set()), ("no_confirms", {"I3"})])
def test_follow_ups_that_went_nowhere_are_said_again(make_stage: MakeStage, mutation: str, wrong: set[str]) -> None:
    stage = make_stage(mutation)
    proxy = Proxy(stage.place.broker_port)
    proxy.weather = Weather(hole=b"publishes")
    stage.publish(publication(a_report(), "1"))
    half_deaf = stage.start("work", "status-changed", broker_port=proxy.port)
    stage.handled("status-changed")
    stage.until(lambda: bool(proxy.counts["bytes swallowed"]))
    stage.faults += 1
    if mutation:
        stage.finish(half_deaf)
    else:
        stage.kill(half_deaf)
        stage.ready("status-changed")
    proxy.weather = FAIR
    again = stage.start("work", "status-changed", "importer", broker_port=proxy.port)
    if not mutation:
        stage.handled("importer")
    stage.publish(publication(a_report(amazon_order_id=OTHER), "2"))
    stage.handled("importer", times=1 if mutation else 2)
    stage.finish(again)
    proxy.close()
    assert _verdict(stage) == wrong


@pytest.mark.parametrize(("mutation", "wrong"), [("", set()), ("no_look", {"I2"})])
def test_an_importer_that_dies_after_creating_creates_no_second_order(
    make_stage: MakeStage, mutation: str, wrong: set[str]
) -> None:
    stage = make_stage(mutation)
    outside = SimulatedGateways(stage.place.ledger.documents)
    outside.commerce.catalog.save([Product(sku="SKU-1", name="Thing", quantity=10)])
    stage.publish(publication(a_report(), "1"))
    recording = stage.start("work", "status-changed")
    stage.handled("status-changed")
    stage.finish(recording)
    stage.crash("work", "importer", at="importer/after_asking#2")
    again = stage.start("work", "importer")
    stage.handled("importer")
    stage.finish(again)
    assert _verdict(stage) == wrong


@pytest.mark.parametrize(("mutation", "wrong"), [("", set()), ("death_headers_kept", {"I1"})])
def test_a_message_that_died_before_can_die_again(make_stage: MakeStage, mutation: str, wrong: set[str]) -> None:
    stage = make_stage(mutation)
    parcel = publication(shipped(), "1")
    # As if an operator had let it expire in the net, so that it came back.
    death = {"queue": "commerce-shipped.dead", "reason": "expired", "count": 1, "exchange": "crossdock.dead"}
    stage.publish(parcel, **{"x-death": [death | {"routing-keys": ["commerce-shipped"]}]})
    holding = stage.start("work", "commerce-shipped")
    stage.handled("commerce-shipped")
    stage.finish(holding)
    stage.publish(publication(placed(), "2"))
    recording, relaying = stage.start("work", "order-placed"), stage.start("relay")
    stage.ready("commerce-shipped")
    stage.finish(recording)
    stage.finish(relaying)
    behind = publication(shipped(amazon_order_id=OTHER), "3")
    stage.publish(behind)
    _deliver_in_vain(stage, "commerce-shipped")
    stage.until(lambda: behind.digest in collect_history.nets_of(stage.place))
    assert _verdict(stage) == wrong
    assert (digest_of(parcel.body) in collect_history.nets_of(stage.place)) is not bool(mutation)


def _deliver_in_vain(stage: Stage, queue: str) -> None:
    """Deliver all messages, one after the other, until the broker has had enough of each."""
    connection = stage.place.connect()
    channel = connection.channel()
    while (got := channel.basic_get(queue))[0] is not None:
        channel.basic_reject(got[0].delivery_tag, requeue=True)
        stage.faults += 1
    connection.close()
