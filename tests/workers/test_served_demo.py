"""The demo over HTTP: through the real clients every order ends where its story says."""

import pytest

from gateways.simulator.world.scenarios import HARD
from schemas.blockers import BlockerKind
from workers.served_demo import ServedDemo, served_demo_parts

ORDERS = 17
"""One of each story of the demo; those that block for other reasons come in addition."""


@pytest.mark.slow
def test_by_the_books_of_both_ends_nothing_is_lost_or_doubled() -> None:
    with served_demo_parts(ORDERS, 5) as served_parts:
        demo = ServedDemo(served_parts)
        demo.run(lambda happened, total: None)
        summary = demo.summary()
        _, amazon = served_parts.driver.books()
        blockers = {blocker.kind for order in demo.orders() for blocker in order.blockers}
    assert (summary.orders, summary.lost, summary.doubled) == (ORDERS + len(HARD), 0, 0)
    assert summary.orders == summary.recorded
    assert blockers == set(BlockerKind) - {BlockerKind.NEVER_PLACED}
    assert amazon["violations"] == []
