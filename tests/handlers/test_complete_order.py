"""completion.requested: the scheduler completes the Commerce orders of fully shipped orders."""

import pytest

from handlers.complete_order import ask, decide
from schemas import payloads
from schemas.gateway_requests import Accepted, CompleteOrder, RequestRefused
from schemas.order import CommerceOrder, CommerceState, Order
from schemas.payloads import CompletionRequested
from schemas.product import Product
from schemas.status import ImportState, Status
from tests.builders import KEY, a_report, an_imported_order, an_item, an_order, changed, order_context, shipped
from tests.handlers.world import World

REQUESTED = CompletionRequested(**KEY)


def _world() -> World:
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    world.publish(a_report("Unshipped", items=(an_item(quantity=2),)))
    return world


def test_a_fully_shipped_order_is_completed_by_the_scheduler() -> None:
    world = _world()
    world.publish(shipped())
    assert world.order().status is Status.SHIPPED
    world.complete_shipped()
    assert world.order().status is Status.COMPLETED
    assert world.order().import_state is ImportState.COMPLETED
    assert world.order().note == "Status updated to Completed."
    assert world.order().commerce_order == CommerceOrder(
        number="000000001", status="complete", state=CommerceState.COMPLETE
    )
    assert world.published.count(payloads.OrderCompleted(**KEY)) == 1


def test_a_completed_order_is_not_completed_again() -> None:
    world = _world()
    world.publish(shipped())
    world.complete_shipped()
    world.publish(REQUESTED)
    assert world.published.count(payloads.OrderCompleted(**KEY)) == 1


def test_a_partially_shipped_order_stays_open() -> None:
    world = _world()
    world.publish(shipped(items={"item-1": 1}))
    world.complete_shipped()
    world.publish(REQUESTED)
    assert world.order().import_state is ImportState.IMPORTED


def test_an_order_shipped_only_by_amazons_report_stays_open() -> None:
    world = _world()
    world.publish(changed("Shipped", 5))
    world.complete_shipped()
    assert world.order().import_state is ImportState.IMPORTED


def test_an_order_shipped_before_it_is_imported_is_completed_afterwards() -> None:
    world = World()
    world.publish(a_report("Unshipped"), shipped())
    assert not world.order().completable
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    world.drain()
    assert world.order().completable
    world.complete_shipped()
    assert world.order().status is Status.COMPLETED


@pytest.mark.parametrize(
    "order", [None, an_order("Shipped"), an_imported_order("Shipped"), an_imported_order("Canceled")]
)
def test_nothing_else_is_completed(order: Order | None) -> None:
    assert ask(order_context(order), REQUESTED, ()) is None
    assert decide(order_context(order), REQUESTED, ()).order is None


def test_the_completion_has_the_commerce_order_number() -> None:
    world = _world()
    world.publish(shipped())
    assert ask(order_context(world.order()), REQUESTED, ()) == CompleteOrder(world.order().key, "000000001")
    assert ask(order_context(world.order()), REQUESTED, (Accepted(),)) is None


def test_a_completion_refused_by_commerce_is_rejected_without_reminder() -> None:
    decision = decide(order_context(an_imported_order("Shipped")), REQUESTED, (RequestRefused("it is on hold"),))
    assert decision.rejection == "Commerce refused to complete order 000000001: it is on hold"
    assert decision.suppress_reminder
