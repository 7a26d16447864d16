"""The derived state of an order."""

from handlers.rules.order_state import derive, outstanding
from schemas.order import CommerceState
from schemas.payloads import ImportRequested
from schemas.product import Product
from tests.builders import HOME, KEY, a_store, an_order, changed, placed, shipped
from tests.handlers.world import World


def test_an_order_canceled_after_it_was_shipped_is_not_completed() -> None:
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    world.publish(placed(shipping_address=HOME), changed("Unshipped", 1), shipped())
    world.handle(changed("Canceled", 2))
    world.queue.clear()
    world.complete_shipped()
    assert [order.state for order in world.shop_orders] == [CommerceState.OPEN]
    world.resend_unanswered()
    assert [order.state for order in world.shop_orders] == [CommerceState.CANCELED]


def test_reserved_stock_is_left_to_an_import_in_flight() -> None:
    legacy = a_store(inventory_management=False, reserve_quantity=True)
    order = derive(an_order("Unshipped", store=legacy), legacy, stock_reserved=True)
    assert outstanding(order, legacy) == (ImportRequested(**KEY),)
