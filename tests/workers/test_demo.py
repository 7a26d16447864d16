"""The demo: every order ends as its scenario says, and the audit finds each difference."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateways.simulator.gateways import SimulatedGateways
from gateways.simulator.world.scenarios import Outcome
from gateways.simulator.world.world import ScriptedEvent
from schemas.gateway_requests import OrderCreated
from schemas.order import CommerceOrder, CommerceState, Order
from schemas.status import ImportState, Status
from tests.gateways.simulator.requests import by_amazon, creation, line
from workers.demo import Demo, demo_parts
from workers.process.parts import Parts

EXPECTED_STATES = {
    Outcome.COMPLETED: (Status.COMPLETED, ImportState.COMPLETED),
    Outcome.IMPORTED: (Status.UNSHIPPED, ImportState.IMPORTED),
    Outcome.PARTIALLY_SHIPPED: (Status.PARTIALLY_SHIPPED, ImportState.IMPORTED),
    Outcome.PENDING: (Status.PENDING, ImportState.NOT_DUE),
    Outcome.CANCELED: (Status.CANCELED, ImportState.CANCELED),
    Outcome.FBA: (Status.COMPLETED, ImportState.COMPLETED),
    Outcome.PRODUCT_MISSING: (Status.ERROR, ImportState.BLOCKED),
    Outcome.PRODUCT_DISABLED: (Status.ERROR, ImportState.BLOCKED),
    Outcome.OUT_OF_STOCK: (Status.ERROR, ImportState.BLOCKED),
}
ORDERS = 80


def nobody(published: int, total: int) -> None:
    """Show no progress."""


@pytest.fixture
def parts() -> Iterator[Parts]:
    """The settings of the demo itself."""
    with demo_parts() as opened:
        yield opened


def a_demo(parts: Parts, seed: int = 3, orders: int = ORDERS) -> Demo:
    assert isinstance(parts.gateways, SimulatedGateways)
    return Demo(parts, orders, seed)


def state(order: Order) -> tuple[Status, ImportState]:
    return order.status, order.import_state


def test_every_order_ends_as_its_scenario_says(parts: Parts) -> None:
    demo = a_demo(parts)
    demo.run(nobody)
    found = {order.key: order for order in demo.orders()}
    wrong = [
        (scripted.scenario, state(found[scripted.key]))
        for scripted in demo.world.orders
        if scripted.expected in EXPECTED_STATES and state(found[scripted.key]) != EXPECTED_STATES[scripted.expected]
    ]
    assert wrong == []
    view_only = [o for o in demo.world.orders if o.expected in (Outcome.VIEW_ONLY, Outcome.PRE_INTEGRATION)]
    assert {found[scripted.key].import_state for scripted in view_only} == {ImportState.VIEW_ONLY}
    for scripted in demo.world.orders:
        causes = {blocker.kind for blocker in found[scripted.key].blockers}
        assert causes == ({scripted.expected.blocker} - {None})


def test_nothing_is_lost_or_doubled_and_the_sums_agree(parts: Parts) -> None:
    demo = a_demo(parts)
    demo.run(nobody)
    summary, expected = demo.summary(), demo.world.expected
    blocked = sum(count for outcome, count in expected.items() if outcome.blocker)
    assert (summary.orders, summary.recorded, summary.lost, summary.doubled) == (ORDERS, ORDERS, 0, 0)
    assert (summary.blocked, summary.canceled) == (blocked, expected[Outcome.CANCELED])


@pytest.mark.slow
def test_the_same_seed_ends_the_same() -> None:
    ends = []
    for _ in range(2):
        with demo_parts() as parts:
            demo = a_demo(parts, seed=7, orders=30)
            demo.run(nobody)
            ends.append(Counter((order.amazon_order_id, *state(order)) for order in demo.orders()))
    assert ends[0] == ends[1]


def test_a_message_that_disappears_is_counted_as_lost(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = a_demo(parts, orders=20)
    publish, thief = demo._publish, parts.bus.subscribe("order-placed", 1)

    def publish_and_steal(acts: list[ScriptedEvent]) -> int:
        published = publish(acts)
        thief.ack(thief.receive(1, 0.0))
        return published

    monkeypatch.setattr(demo, "_publish", publish_and_steal)
    demo.run(nobody)
    assert demo.summary().lost >= 1


def test_an_order_that_commerce_has_twice_is_counted_as_doubled(parts: Parts) -> None:
    demo = a_demo(parts, orders=20)
    demo.run(nobody)
    assert demo.summary().doubled == 0
    order = next(order for order in demo.orders() if order.import_state is ImportState.VIEW_ONLY)
    request = replace(by_amazon(creation(line("DEMO-CARD", 1), key=order.key)), number="999999999")
    (made,) = parts.gateways.perform([request])
    assert isinstance(made, OrderCreated)
    assert made.commerce_order == CommerceOrder(number="999999999", status="complete", state=CommerceState.COMPLETE)
    assert demo.summary().doubled == 1
