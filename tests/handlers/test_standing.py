"""Where an order stands."""

from gateways.simulator.catalog import Product
from schemas.order import CommerceState
from tests.builders import HOME, changed, placed, shipped
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
