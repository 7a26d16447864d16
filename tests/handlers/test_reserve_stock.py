"""reservation.requested: stores without inventory management may hold stock for pending orders."""

import pytest

from handlers.reserve_stock import ask, decide
from schemas import payloads
from schemas.gateway_requests import Accepted, LookUpOrder, RequestRefused, ReserveStock
from schemas.payloads import ReservationRequested, StatusChanged
from schemas.product import Product
from schemas.status import Channel, ImportState
from schemas.store import Store
from tests.builders import (
    HOME,
    KEY,
    a_product,
    a_store,
    an_item,
    an_order,
    changed,
    known,
    looked_up,
    placed,
    shipped,
    usd,
)
from tests.handlers.world import World

LEGACY = a_store(inventory_management=False, reserve_quantity=True)
REQUESTED = ReservationRequested(**KEY)


def _world(store: Store = LEGACY) -> World:
    world = World(store=store)
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    return world


def test_stock_is_held_from_pending_on() -> None:
    world = _world()
    world.tell(placed(items=(an_item(quantity=2),)))
    assert world.reserved == {"SKU-1": 2}
    assert world.order().stock_reserved
    assert payloads.StockReserved(**KEY) in world.said


@pytest.mark.parametrize("pieces", [1, 3])
def test_held_stock_follows_what_is_ordered(pieces: int) -> None:
    world = _world()
    world.tell(placed(items=(an_item(quantity=2),)), changed("Pending", 1, items=(an_item(quantity=pieces),)))
    assert world.reserved == {"SKU-1": pieces}
    world.tell(changed("Canceled", 2))
    assert world.reserved == {}


def test_held_stock_is_released_when_none_of_what_is_ordered_by_now_is_in_the_catalog() -> None:
    world = _world()
    world.tell(placed(items=(an_item(quantity=2),)), changed("Pending", 1, items=(an_item(seller_sku="NEW"),)))
    assert world.reserved == {}
    assert not world.order().stock_reserved
    world.tell(changed("Pending", 2, items=(an_item(quantity=3),)))
    world.say_again()
    assert world.reserved == {"SKU-1": 3}


def test_held_stock_follows_what_is_ordered_while_it_is_being_reserved() -> None:
    world = _world()
    world.deliver(placed(items=(an_item(quantity=2),)))
    (asked,) = (event for event in world.queue if isinstance(event, ReservationRequested))
    world.queue.clear()
    world.deliver(asked, meanwhile=[changed("Pending", 1, items=(an_item(quantity=1),))])
    world.settle()
    assert world.reserved == {"SKU-1": 1}


@pytest.mark.parametrize("store", [a_store(), a_store(inventory_management=False), a_store(reserve_quantity=True)])
def test_stock_is_held_only_where_the_store_asks_for_it(store: Store) -> None:
    world = _world(store)
    world.tell(placed())
    assert world.reserved == {}


@pytest.mark.parametrize("facts", [{"fulfillment_channel": Channel.AFN}, {"status": "PendingAvailability"}])
def test_no_stock_is_held_for_fba_and_preorders(facts: dict[str, str]) -> None:
    world = _world()
    world.tell(placed(**facts))
    assert world.reserved == {}


def test_the_import_takes_the_held_stock_over() -> None:
    world = _world()
    world.tell(placed(), changed("Unshipped", 1, shipping_address=HOME))
    assert world.order().import_state is ImportState.IMPORTED
    assert world.reserved == {"SKU-1": 1}
    assert not world.order().stock_reserved


def test_a_cancellation_releases_the_held_stock() -> None:
    world = _world()
    world.tell(placed(), changed("Canceled", 1))
    assert world.reserved == {}
    assert not world.order().stock_reserved


def test_stock_held_while_amazon_cancels_is_released() -> None:
    world = _world()
    world.deliver(placed())
    (asked,) = (event for event in world.queue if isinstance(event, ReservationRequested))
    world.queue.clear()
    world.deliver(asked, meanwhile=[changed("Canceled", 1)])
    world.settle()
    assert world.reserved == {}


def test_stock_that_was_held_unknown_is_released_when_nothing_of_the_order_is_in_the_catalog_by_now() -> None:
    world = _world()
    world.deliver(placed())
    (asked,) = (event for event in world.queue if isinstance(event, ReservationRequested))
    world.queue.clear()
    world.deliver(asked, meanwhile=[changed("Pending", 1, items=(an_item(seller_sku="NEW"),))])
    world.settle()
    assert world.reserved == {}


def test_stock_stays_held_while_the_invoice_is_unconfirmed() -> None:
    world = _world()
    world.tell(changed("InvoiceUnconfirmed", 1), placed())
    assert world.reserved == {"SKU-1": 1}


def test_stock_is_held_for_a_blocked_order() -> None:
    world = _world()
    world.tell(placed(status="Unshipped", order_total=usd("99.00")))
    assert world.order().import_state is ImportState.BLOCKED
    assert world.reserved == {"SKU-1": 1}


def test_stock_is_held_once() -> None:
    world = _world()
    world.tell(placed(), REQUESTED, REQUESTED)
    assert world.reserved == {"SKU-1": 1}


def test_nothing_is_held_of_what_is_not_in_the_catalog() -> None:
    there = known(an_order("Pending", store=LEGACY), LEGACY)
    assert ask(there, REQUESTED, (looked_up(),)) == ReserveStock(an_order().key, {})
    decision = decide(there, REQUESTED, (looked_up(), Accepted()))
    assert decision.suppress_reminder
    assert decision.follow_ups == ()


def test_a_late_request_leaves_the_reminders_of_what_the_order_lacks_by_now() -> None:
    world = _world()
    world.tell(placed(), changed("Unshipped", 1, shipping_address=HOME))
    world.deliver(shipped())
    world.queue.clear()
    world.tell(REQUESTED)
    assert world.confirmed == {}
    world.say_again()
    assert set(world.confirmed) == {shipped().shipment_id}


def test_a_refusal_leaves_the_order_to_its_import() -> None:
    there = known(an_order("Pending", store=LEGACY), LEGACY)
    decision = decide(there, REQUESTED, (looked_up(a_product()), RequestRefused("no")))
    assert decision.suppress_reminder
    assert decision.rejection is None
    assert decision.order is not None
    assert not decision.order.stock_reserved


def test_stock_held_while_the_order_moves_on_is_released_and_left_to_its_import() -> None:
    world = _world()
    world.deliver(placed())
    (asked,) = (event for event in world.queue if isinstance(event, ReservationRequested))
    world.queue.clear()
    world.deliver(asked, meanwhile=[changed("Unshipped", 1)])
    world.deliver(changed("Canceled", 2))
    world.settle()
    assert world.reserved == {}


@pytest.mark.parametrize("told", [changed("Unfulfillable", 1), changed("Pending", 1, fulfillment_channel=Channel.AFN)])
def test_stock_is_released_when_it_is_no_longer_to_be_held(told: StatusChanged) -> None:
    world = _world()
    world.tell(placed(), told)
    assert world.reserved == {}
    assert not world.order().stock_reserved


def test_stock_is_told_of_again_whatever_was_written_down() -> None:
    held = an_order("Pending", store=LEGACY, stock_reserved=True)
    assert isinstance(ask(known(held, LEGACY), REQUESTED, ()), LookUpOrder)
    free = an_order("Unfulfillable", store=LEGACY)
    assert ask(known(free, LEGACY), REQUESTED, ()) == ReserveStock(free.key, {})


def test_stock_held_while_the_settings_change_is_to_be_released() -> None:
    there = known(an_order("Pending", store=LEGACY), a_store(inventory_management=False))
    decision = decide(there, REQUESTED, (looked_up(a_product()), Accepted()))
    assert decision.order is not None
    assert decision.order.stock_reserved
    assert REQUESTED in decision.follow_ups


def test_stock_released_while_the_settings_change_is_to_be_held() -> None:
    there = known(an_order("Pending", store=LEGACY, stock_reserved=True), LEGACY)
    decision = decide(there, REQUESTED, (Accepted(),))
    assert decision.order is not None
    assert not decision.order.stock_reserved
    assert decision.follow_ups == (REQUESTED,)


def test_a_refused_release_is_left_to_people() -> None:
    there = known(an_order("Unfulfillable", store=LEGACY, stock_reserved=True), LEGACY)
    decision = decide(there, REQUESTED, (RequestRefused("no"),))
    assert (decision.order, decision.rejection) == (
        None,
        "Commerce refused to release the stock held for the order: no",
    )
