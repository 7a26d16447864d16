"""Where an order stands."""

from handlers.rules.order_state import derive, outstanding
from schemas.order import CommerceState
from schemas.payloads import ImportRequested
from schemas.product import Product
from tests.builders import HOME, KEY, a_store, an_order, changed, placed, shipped
from tests.handlers.world import World


def test_an_order_canceled_after_it_was_shipped_is_not_completed_at_the_next_run() -> None:
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    world.tell(placed(shipping_address=HOME), changed("Unshipped", 1), shipped())
    world.deliver(changed("Canceled", 2))
    world.queue.clear()
    world.complete_shipped()
    assert [order.state for order in world.shop_orders] == [CommerceState.OPEN]
    world.say_again()
    assert [order.state for order in world.shop_orders] == [CommerceState.CANCELED]


def test_stock_that_was_reserved_is_left_to_an_import_under_way() -> None:
    legacy = a_store(inventory_management=False, reserve_quantity=True)
    order = derive(an_order("Unshipped", store=legacy), legacy, stock_reserved=True)
    assert outstanding(order, legacy) == (ImportRequested(**KEY),)
