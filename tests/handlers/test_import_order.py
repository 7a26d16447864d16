"""import.requested: the Commerce order is created once, or blocked with all its blockers."""

import pytest

from handlers.import_order import ask, decide
from schemas import payloads
from schemas.gateway_requests import CreateOrder, LookUpOrder, OrderCreated
from schemas.order import CommerceOrder, CommerceState
from schemas.payloads import ImportRequested
from schemas.personal import PersonalData
from schemas.product import Product
from schemas.status import Channel, ImportState, Status
from schemas.store import CustomerCreation, OrderNumberSource, OrderStatusChoice
from tests.builders import (
    KEY,
    ORDER_ID,
    a_product,
    a_report,
    a_store,
    an_imported_order,
    an_item,
    an_order,
    changed,
    looked_up,
    order_context,
    placed,
    usd,
)
from tests.handlers.importing import REQUESTED, creation, two_lines
from tests.handlers.world import World

MADE = CommerceOrder(number="000000001", status="processing")
NOBODY = PersonalData()


def test_the_first_request_looks_up_the_order_and_its_products() -> None:
    order = two_lines(asin="ASIN-2", quantity=3)
    request = ask(order_context(order, matches={"SKU-1": "MATCHED"}), REQUESTED, ())
    assert isinstance(request, LookUpOrder)
    assert request.skus == ("MATCHED", "SKU-1", "SKU-2")
    assert request.asins == ("ASIN-2",)
    assert request.quantities["SKU-2"] == 3


def test_an_order_without_blockers_is_created_with_amazons_amounts() -> None:
    request = creation(an_order(), a_product())
    assert [(line.sku, line.quantity, line.price) for line in request.lines] == [("SKU-1", 1, usd("10.00"))]
    assert request.total == usd("10.00")
    assert request.reserve
    assert not request.complete
    assert request.status == "processing"
    assert request.number is None
    assert request.customer is CustomerCreation.GUEST


def test_a_created_order_is_processing_in_commerce_and_unshipped_here() -> None:
    decision = decide(order_context(an_order()), REQUESTED, (looked_up(a_product()), OrderCreated(MADE)))
    assert decision.order is not None
    assert decision.order.commerce_order == MADE
    assert decision.order.import_state is ImportState.IMPORTED
    assert decision.order.status is Status.UNSHIPPED
    assert decision.order.lines[0].sku == "SKU-1"
    assert decision.note == "Commerce order 000000001 created."
    assert decision.follow_ups == (payloads.OrderImported(**KEY, commerce_order=MADE),)


def test_an_existing_commerce_order_is_adopted_and_nothing_is_created() -> None:
    lookup = looked_up(a_product(), order=MADE)
    context = order_context(an_order())
    assert ask(context, REQUESTED, (lookup,)) is None
    order = decide(context, REQUESTED, (lookup,)).order
    assert order is not None
    assert order.commerce_order == MADE


def test_an_order_created_while_amazon_canceled_it_is_found_and_canceled() -> None:
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    world.publish(placed())
    request = next(iter(_without_draining(world, a_report("Unshipped"))))
    world.handle(request, meanwhile=[changed("Canceled", 5)])
    world.drain()
    assert [order.state for order in world.shop_orders] == [CommerceState.CANCELED]
    assert world.reserved == {}
    assert world.order().import_state is ImportState.CANCELED


def _without_draining(world: World, report: payloads.StatusChanged) -> list[ImportRequested]:
    world.handle(report)
    requests = [event for event in world.queue if isinstance(event, ImportRequested)]
    world.queue.clear()
    return requests


def test_an_imported_order_is_not_looked_up_again() -> None:
    context = order_context(an_imported_order())
    assert ask(context, REQUESTED, ()) is None
    assert decide(context, REQUESTED, ()).note == "Nothing to import: the order is imported."


@pytest.mark.parametrize("status", ["Pending", "Canceled", "Unfulfillable", "InvoiceUnconfirmed"])
def test_an_order_that_is_not_importable_is_looked_up_and_never_created(status: str) -> None:
    assert ask(order_context(an_order(status)), REQUESTED, (looked_up(a_product()),)) is None


def test_a_view_only_order_is_never_created() -> None:
    store = a_store(import_orders=False)
    assert ask(order_context(an_order(store=store), store), REQUESTED, (looked_up(a_product()),)) is None


def test_the_import_of_an_unrecorded_order_is_rejected() -> None:
    assert decide(order_context(), REQUESTED, ()).rejection


def test_an_fba_order_is_created_complete_and_reserves_nothing() -> None:
    order = an_order("Shipped", fulfillment_channel=Channel.AFN)
    request = creation(order, a_product(), personal=NOBODY)
    assert request.complete
    assert not request.reserve
    assert request.status == "complete"
    made = CommerceOrder(number="1", status="complete", state=CommerceState.COMPLETE)
    decision = decide(order_context(order), REQUESTED, (looked_up(a_product()), OrderCreated(made)))
    assert decision.order is not None
    assert decision.order.import_state is ImportState.COMPLETED
    assert decision.order.status is Status.COMPLETED
    assert payloads.OrderCompleted(**KEY) in decision.follow_ups


def test_a_store_may_number_by_amazons_order_id() -> None:
    store = a_store(order_number_source=OrderNumberSource.AMAZON)
    assert creation(an_order(), store=store).number == ORDER_ID


@pytest.mark.parametrize("channel", Channel)
def test_a_custom_status_is_set_for_fba_and_fbm(channel: Channel) -> None:
    store = a_store(order_status=OrderStatusChoice.CUSTOM, processing_status="amazon_new")
    request = creation(an_order("Shipped", fulfillment_channel=channel), store=store)
    assert (request.status, request.complete) == ("amazon_new", channel is Channel.AFN)


def test_a_processing_status_without_custom_order_status_is_ignored() -> None:
    assert creation(an_order(), store=a_store(processing_status="amazon_new")).status == "processing"


def test_store_view_and_customer_come_from_the_stores_settings() -> None:
    store = a_store(commerce_store_view="outlet", customer_creation=CustomerCreation.NEW)
    request = creation(an_order(), store=store)
    assert request.settings.commerce_store_view == "outlet"
    assert request.customer is CustomerCreation.NEW


def test_a_manual_match_outranks_sku_and_asin() -> None:
    order = an_order()
    products = (a_product("SKU-1"), a_product("MATCHED"))
    assert creation(order, *products, matches={"SKU-1": "MATCHED"}).lines[0].sku == "MATCHED"


def test_a_product_is_found_by_asin_when_no_sku_matches() -> None:
    world = World()
    world.publish(placed(items=(an_item(asin="ASIN1"),)), changed("Unshipped", 1))
    lookup = looked_up(a_product("BY-ASIN"), ASIN1="BY-ASIN")
    request = ask(order_context(world.order()), REQUESTED, (lookup,))
    assert isinstance(request, CreateOrder)
    assert request.lines[0].sku == "BY-ASIN"
