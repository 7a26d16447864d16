"""A reconciliation of more orders than Amazon grants searches for at once: it waits, goes on, and finds all of them."""

from itertools import count

import pytest

from gateways.errors import RateUsedUpError
from schemas.reconciliation import LISTED, Reconciliation
from schemas.reconciliation import DifferenceKind as Kind
from tests.workers.intake import backlog
from tests.workers.test_reconciliation import AmazonSide, amazon

__all__ = ["amazon"]

MANY = 1_950
"""Of 100 on a page, these are more pages than the burst of 18 that is left of Amazon's 20."""


def _reconcile_with_waits(side: AmazonSide) -> tuple[Reconciliation, int]:
    """Go on until the end; return the outcome and the number of waits for Amazon's rate."""
    for waits in count():
        try:
            return side.reconcile(), waits
        except RateUsedUpError:
            side.clock.pass_time(minutes=3)
    raise AssertionError("unreachable")


@pytest.mark.slow
def test_more_orders_than_a_burst_of_searches_lists_are_compared_to_the_end(amazon: AmazonSide) -> None:
    amazon.place(*range(1, MANY + 1))
    outcome, waits = _reconcile_with_waits(amazon)
    assert waits > 0
    assert outcome.complete
    assert outcome.summary == f"{MANY:,} orders, {MANY:,} repaired, 0 unexplained"
    assert {one.kind for one in outcome.differences} == {Kind.ORDER_MISSING}
    assert (len(outcome.differences), outcome.more_repaired) == (LISTED, MANY - LISTED)
    assert backlog(amazon.pipeline.ledger) == MANY
    assert amazon.server.rates.calls["searchOrders"] == MANY // 100 + 1
