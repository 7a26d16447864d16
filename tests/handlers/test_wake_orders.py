"""catalog.changed: whoever waits for a product's SKU or ASIN is woken, and nobody else."""

import pytest

from handlers.wake_orders import decide
from schemas.payloads import CatalogChanged
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import a_report, an_item, known
from tests.handlers.world import World


@pytest.mark.parametrize(
    ("event", "keys"),
    [
        (CatalogChanged(sku="SKU-1"), ("product:SKU-1",)),
        (CatalogChanged(sku="SKU-1", asin="ASIN-1"), ("product:SKU-1", "product:ASIN-1")),
    ],
)
def test_a_changed_product_wakes_by_its_names(event: CatalogChanged, keys: tuple[str, ...]) -> None:
    decision = decide(known(), event)
    assert decision.wake_keys == keys
    assert decision.follow_ups == ()


def test_an_order_without_a_product_is_imported_when_a_product_with_its_asin_comes() -> None:
    world = World()
    world.tell(a_report("Unshipped", items=(an_item(asin="B000000001"),)))
    assert world.order().import_state is ImportState.BLOCKED
    world.stock(Product(sku="OTHER-NAME", name="One", asin="B000000001", quantity=9))
    world.settle()
    assert world.order().import_state is ImportState.IMPORTED
