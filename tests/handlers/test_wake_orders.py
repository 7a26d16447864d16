"""catalog.changed: wakes exactly the orders blocked on the product's SKU or ASIN."""

import pytest

from handlers.wake_orders import decide
from schemas.payloads import CatalogChanged
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import a_report, an_item, order_context
from tests.handlers.world import World


@pytest.mark.parametrize(
    ("event", "keys"),
    [
        (CatalogChanged(sku="SKU-1"), ("product:SKU-1",)),
        (CatalogChanged(sku="SKU-1", asin="ASIN-1"), ("product:SKU-1", "product:ASIN-1")),
    ],
)
def test_a_changed_product_wakes_by_sku_and_asin(event: CatalogChanged, keys: tuple[str, ...]) -> None:
    decision = decide(order_context(), event)
    assert decision.wake_keys == keys
    assert decision.follow_ups == ()


def test_an_order_without_product_is_imported_when_a_product_with_its_asin_is_created() -> None:
    world = World()
    world.publish(a_report("Unshipped", items=(an_item(asin="B000000001"),)))
    assert world.order().import_state is ImportState.BLOCKED
    world.stock(Product(sku="OTHER-NAME", name="One", asin="B000000001", quantity=9))
    world.drain()
    assert world.order().import_state is ImportState.IMPORTED
