"""The reconciliation of several sellers: each compared by its own account, and none left out for another."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateways.amazon.sp_api.rates import RATES, bucket_key, usable
from gateways.errors import RateUsedUpError
from schemas.reconciliation import Reconciliation
from tests.gateways.simulator.sp_api.accounts import an_order
from tests.harness import Pipeline
from tests.letters import LaterClock
from tests.workers.served_sellers import TwoSellers, two_sellers
from workers.process.bootstrap import opened_systems
from workers.reconciliation import reconciliation

SPAN = timedelta(days=2)
SEARCHES = usable(RATES["searchOrders"])


@pytest.fixture
def sellers(pipeline: Pipeline, clock: LaterClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoSellers]:
    with two_sellers(clock, monkeypatch) as served:
        served.connect_stores(pipeline.ledger)
        yield served


@pytest.fixture
def outcomes(sellers: TwoSellers, pipeline: Pipeline, clock: LaterClock) -> Iterator[Iterator[Reconciliation]]:
    sellers.acme.marketplace.take(an_order(1).placed())
    for number in range(2, 132):
        sellers.beta.marketplace.take(an_order(number).placed())
    clock.pass_time(minutes=4)
    with opened_systems(sellers.settings, pipeline.ledger) as systems:
        yield reconciliation(pipeline.ledger, sellers.settings, systems, SPAN)


def missing(pipeline: Pipeline) -> dict[str, int]:
    with pipeline.ledger.read() as work:
        return {store: work.changed_orders.backlog([store]).orders for store in ("acme", "beta")}


def test_every_sellers_orders_are_compared_and_those_missed_are_got_for_its_own_store(
    pipeline: Pipeline, outcomes: Iterator[Reconciliation]
) -> None:
    *_, outcome = outcomes
    assert (outcome.orders, outcome.complete) == (131, True)
    assert missing(pipeline) == {"acme": 1, "beta": 130}


def test_a_seller_with_revoked_credentials_leaves_it_incomplete_and_the_others_are_compared(
    pipeline: Pipeline, sellers: TwoSellers, outcomes: Iterator[Reconciliation]
) -> None:
    sellers.revoke_acme()
    *_, outcome = outcomes
    assert not outcome.complete
    assert any("acme" in note for note in outcome.notes)
    assert missing(pipeline) == {"acme": 0, "beta": 130}


def test_while_one_seller_is_granted_no_search_the_other_is_read_and_then_it(
    pipeline: Pipeline, sellers: TwoSellers, outcomes: Iterator[Reconciliation], clock: LaterClock
) -> None:
    key = bucket_key(sellers.acme.seller_id, "searchOrders")
    with pipeline.ledger.begin() as work:
        work.rate_buckets.empty(key, *SEARCHES)
    with pytest.raises(RateUsedUpError, match="for the seller acme"):
        list(outcomes)
    assert missing(pipeline) == {"acme": 0, "beta": 130}
    clock.pass_time(minutes=60)
    with opened_systems(sellers.settings, pipeline.ledger) as systems:
        *_, outcome = reconciliation(pipeline.ledger, sellers.settings, systems, SPAN)
    assert outcome.complete
    assert missing(pipeline) == {"acme": 1, "beta": 130}
