"""The demo over HTTP: through the real clients every order ends as its scenario says, with all faults."""

import pytest

from gateways.simulator.kill_points import POINTS
from gateways.simulator.world.scenarios import HARD
from schemas.blockers import BlockerKind
from workers.served.demo import TIME_LIMIT, opened_served_demo
from workers.served.ends import Trouble

ORDERS = 17
"""Each scenario of the demo once; those that block for other reasons come in addition."""


@pytest.mark.slow
@pytest.mark.timeout(TIME_LIMIT + 100)  # eleven starts of a process, each of half a minute on a busy machine
@pytest.mark.parametrize("trouble", [Trouble(), Trouble(lost=0.1, throttled=0.1, killed=True)], ids=["none", "much"])
def test_by_the_books_of_both_ends_nothing_is_lost_or_doubled(trouble: Trouble) -> None:
    with opened_served_demo(ORDERS, 5, trouble) as (demo, _):
        demo.run(lambda happened, total: None)
        summary = demo.summary()
        blockers = {blocker.kind for order in demo.orders() for blocker in order.blockers}
        kills, (lost, throttled) = set(demo.kills), demo.went_wrong
    assert (summary.orders, summary.lost, summary.doubled) == (ORDERS + len(HARD), 0, 0)
    assert summary.orders == summary.recorded
    assert blockers == set(BlockerKind) - {BlockerKind.NEVER_PLACED}
    assert kills == (set(POINTS) if trouble.killed else set())
    assert (lost > 0, throttled > 0) == (trouble.lost > 0, trouble.throttled > 0)
