"""reservation.requested: stores without inventory management may reserve stock for pending orders."""

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
    looked_up,
    order_context,
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


def test_stock_is_reserved_from_pending_on() -> None:
    world = _world()
    world.publish(placed(items=(an_item(quantity=2),)))
    assert world.reserved == {"SKU-1": 2}
    assert world.order().stock_reserved
    assert payloads.StockReserved(**KEY) in world.published


@pytest.mark.parametrize("pieces", [1, 3])
def test_reserved_stock_follows_the_ordered_quantity(pieces: int) -> None:
    world = _world()
    world.publish(placed(items=(an_item(quantity=2),)), changed("Pending", 1, items=(an_item(quantity=pieces),)))
    assert world.reserved == {"SKU-1": pieces}
    world.publish(changed("Canceled", 2))
    assert world.reserved == {}


def test_reserved_stock_is_released_when_no_ordered_product_is_in_the_catalog() -> None:
    world = _world()
    world.publish(placed(items=(an_item(quantity=2),)), changed("Pending", 1, items=(an_item(seller_sku="NEW"),)))
    assert world.reserved == {}
    assert not world.order().stock_reserved
    world.publish(changed("Pending", 2, items=(an_item(quantity=3),)))
    world.resend_unanswered()
    assert world.reserved == {"SKU-1": 3}


def test_reserved_stock_follows_a_quantity_changed_during_the_reservation() -> None:
    world = _world()
    world.handle(placed(items=(an_item(quantity=2),)))
    (request,) = (event for event in world.queue if isinstance(event, ReservationRequested))
    world.queue.clear()
    world.handle(request, meanwhile=[changed("Pending", 1, items=(an_item(quantity=1),))])
    world.drain()
    assert world.reserved == {"SKU-1": 1}


@pytest.mark.parametrize("store", [a_store(), a_store(inventory_management=False), a_store(reserve_quantity=True)])
def test_stock_is_reserved_only_where_the_settings_ask_for_it(store: Store) -> None:
    world = _world(store)
    world.publish(placed())
    assert world.reserved == {}


@pytest.mark.parametrize("facts", [{"fulfillment_channel": Channel.AFN}, {"status": "PendingAvailability"}])
def test_no_stock_is_reserved_for_fba_and_preorders(facts: dict[str, str]) -> None:
    world = _world()
    world.publish(placed(**facts))
    assert world.reserved == {}


def test_the_import_takes_the_reserved_stock_over() -> None:
    world = _world()
    world.publish(placed(), changed("Unshipped", 1, shipping_address=HOME))
    assert world.order().import_state is ImportState.IMPORTED
    assert world.reserved == {"SKU-1": 1}
    assert not world.order().stock_reserved


def test_a_cancellation_releases_the_reserved_stock() -> None:
    world = _world()
    world.publish(placed(), changed("Canceled", 1))
    assert world.reserved == {}
    assert not world.order().stock_reserved


def test_stock_reserved_while_amazon_cancels_is_released() -> None:
    world = _world()
    world.handle(placed())
    (request,) = (event for event in world.queue if isinstance(event, ReservationRequested))
    world.queue.clear()
    world.handle(request, meanwhile=[changed("Canceled", 1)])
    world.drain()
    assert world.reserved == {}


def test_an_unrecorded_reservation_is_released_when_no_ordered_product_is_in_the_catalog() -> None:
    world = _world()
    world.handle(placed())
    (request,) = (event for event in world.queue if isinstance(event, ReservationRequested))
    world.queue.clear()
    world.handle(request, meanwhile=[changed("Pending", 1, items=(an_item(seller_sku="NEW"),))])
    world.drain()
    assert world.reserved == {}


def test_stock_stays_reserved_while_the_invoice_is_unconfirmed() -> None:
    world = _world()
    world.publish(changed("InvoiceUnconfirmed", 1), placed())
    assert world.reserved == {"SKU-1": 1}


def test_stock_is_reserved_for_a_blocked_order() -> None:
    world = _world()
    world.publish(placed(status="Unshipped", order_total=usd("99.00")))
    assert world.order().import_state is ImportState.BLOCKED
    assert world.reserved == {"SKU-1": 1}


def test_stock_is_reserved_once() -> None:
    world = _world()
    world.publish(placed(), REQUESTED, REQUESTED)
    assert world.reserved == {"SKU-1": 1}


def test_nothing_is_reserved_of_products_not_in_the_catalog() -> None:
    context = order_context(an_order("Pending", store=LEGACY), LEGACY)
    assert ask(context, REQUESTED, (looked_up(),)) == ReserveStock(an_order().key, {})
    decision = decide(context, REQUESTED, (looked_up(), Accepted()))
    assert decision.suppress_reminder
    assert decision.follow_ups == ()


def test_a_late_request_keeps_the_reminders_of_other_requests() -> None:
    world = _world()
    world.publish(placed(), changed("Unshipped", 1, shipping_address=HOME))
    world.handle(shipped())
    world.queue.clear()
    world.publish(REQUESTED)
    assert world.confirmed == {}
    world.resend_unanswered()
    assert set(world.confirmed) == {shipped().shipment_id}


def test_a_refused_reservation_is_not_rejected() -> None:
    context = order_context(an_order("Pending", store=LEGACY), LEGACY)
    decision = decide(context, REQUESTED, (looked_up(a_product()), RequestRefused("no")))
    assert decision.suppress_reminder
    assert decision.rejection is None
    assert decision.order is not None
    assert not decision.order.stock_reserved


def test_stock_reserved_while_the_order_becomes_importable_is_released() -> None:
    world = _world()
    world.handle(placed())
    (request,) = (event for event in world.queue if isinstance(event, ReservationRequested))
    world.queue.clear()
    world.handle(request, meanwhile=[changed("Unshipped", 1)])
    world.handle(changed("Canceled", 2))
    world.drain()
    assert world.reserved == {}


@pytest.mark.parametrize(
    "report", [changed("Unfulfillable", 1), changed("Pending", 1, fulfillment_channel=Channel.AFN)]
)
def test_stock_is_released_when_it_is_no_longer_to_be_reserved(report: StatusChanged) -> None:
    world = _world()
    world.publish(placed(), report)
    assert world.reserved == {}
    assert not world.order().stock_reserved


def test_a_recorded_reservation_is_requested_again() -> None:
    order = an_order("Pending", store=LEGACY, stock_reserved=True)
    assert isinstance(ask(order_context(order, LEGACY), REQUESTED, ()), LookUpOrder)
    free = an_order("Unfulfillable", store=LEGACY)
    assert ask(order_context(free, LEGACY), REQUESTED, ()) == ReserveStock(free.key, {})


def test_stock_reserved_while_the_settings_change_is_requested_to_be_released() -> None:
    context = order_context(an_order("Pending", store=LEGACY), a_store(inventory_management=False))
    decision = decide(context, REQUESTED, (looked_up(a_product()), Accepted()))
    assert decision.order is not None
    assert decision.order.stock_reserved
    assert REQUESTED in decision.follow_ups


def test_stock_released_while_the_settings_change_is_requested_to_be_reserved() -> None:
    context = order_context(an_order("Pending", store=LEGACY, stock_reserved=True), LEGACY)
    decision = decide(context, REQUESTED, (Accepted(),))
    assert decision.order is not None
    assert not decision.order.stock_reserved
    assert decision.follow_ups == (REQUESTED,)


def test_a_refused_release_is_rejected() -> None:
    context = order_context(an_order("Unfulfillable", store=LEGACY, stock_reserved=True), LEGACY)
    decision = decide(context, REQUESTED, (RequestRefused("no"),))
    assert (decision.order, decision.rejection) == (
        None,
        "Commerce refused to release the stock reserved for the order: no",
    )
