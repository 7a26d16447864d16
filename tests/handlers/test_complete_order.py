"""completion.requested: the clock completes the Commerce order of what was wholly shipped."""

import pytest

from handlers.complete_order import ask, decide
from schemas import payloads
from schemas.gateway_requests import Accepted, CompleteOrder, RequestRefused
from schemas.order import CommerceOrder, CommerceState, Order
from schemas.payloads import CompletionRequested
from schemas.product import Product
from schemas.status import ImportState, Status
from tests.builders import KEY, a_report, an_imported_order, an_item, an_order, changed, known, shipped
from tests.handlers.world import World

REQUESTED = CompletionRequested(**KEY)


def _world() -> World:
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    world.tell(a_report("Unshipped", items=(an_item(quantity=2),)))
    return world


def test_a_wholly_shipped_order_is_completed_at_the_next_run_of_the_clock() -> None:
    world = _world()
    world.tell(shipped())
    assert world.order().status is Status.SHIPPED
    world.complete_shipped()
    assert world.order().status is Status.COMPLETED
    assert world.order().import_state is ImportState.COMPLETED
    assert world.order().note == "Status updated to Completed."
    assert world.order().commerce_order == CommerceOrder(
        number="000000001", status="complete", state=CommerceState.COMPLETE
    )
    assert world.said.count(payloads.OrderCompleted(**KEY)) == 1


def test_a_completed_order_is_not_completed_again() -> None:
    world = _world()
    world.tell(shipped())
    world.complete_shipped()
    world.tell(REQUESTED)
    assert world.said.count(payloads.OrderCompleted(**KEY)) == 1


def test_a_partially_shipped_order_stays_open() -> None:
    world = _world()
    world.tell(shipped(items={"item-1": 1}))
    world.complete_shipped()
    world.tell(REQUESTED)
    assert world.order().import_state is ImportState.IMPORTED


def test_an_order_that_only_amazon_calls_shipped_stays_open() -> None:
    world = _world()
    world.tell(changed("Shipped", 5))
    world.complete_shipped()
    assert world.order().import_state is ImportState.IMPORTED


def test_an_order_shipped_before_it_is_imported_is_completed_afterwards() -> None:
    world = World()
    world.tell(a_report("Unshipped"), shipped())
    assert not world.order().completable
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    world.settle()
    assert world.order().completable
    world.complete_shipped()
    assert world.order().status is Status.COMPLETED


@pytest.mark.parametrize(
    "order", [None, an_order("Shipped"), an_imported_order("Shipped"), an_imported_order("Canceled")]
)
def test_nothing_else_is_completed(order: Order | None) -> None:
    assert ask(known(order), REQUESTED, ()) is None
    assert decide(known(order), REQUESTED, ()).order is None


def test_commerce_is_asked_by_its_own_number() -> None:
    world = _world()
    world.tell(shipped())
    assert ask(known(world.order()), REQUESTED, ()) == CompleteOrder(world.order().key, "000000001")
    assert ask(known(world.order()), REQUESTED, (Accepted(),)) is None


def test_a_completion_that_commerce_refuses_is_left_to_a_person() -> None:
    decision = decide(known(an_imported_order("Shipped")), REQUESTED, (RequestRefused("it is on hold"),))
    assert decision.rejection == "Commerce refused to complete order 000000001: it is on hold"
    assert decision.suppress_reminder
