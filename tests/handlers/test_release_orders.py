"""catalog.changed: whoever waits for a product's SKU or ASIN is woken, and nobody else."""

import pytest

from handlers.release_orders import decide
from schemas.payloads import CatalogChanged
from tests.builders import known


@pytest.mark.parametrize(
    ("event", "keys"),
    [
        (CatalogChanged(sku="SKU-1"), ("product:SKU-1",)),
        (CatalogChanged(sku="SKU-1", asin="ASIN-1"), ("product:SKU-1", "product:ASIN-1")),
    ],
)
def test_a_changed_product_wakes_by_its_names(event: CatalogChanged, keys: tuple[str, ...]) -> None:
    decision = decide(known(), event)
    assert decision.wakes == keys
    assert decision.follow_ups == ()
