"""A shop with a small catalog, on records in memory."""

import pytest

from gateways.simulator.commerce import SimulatedCommerce
from schemas.product import Product
from tests.gateways.simulator.memory import MemoryRecords

PRODUCTS = (
    Product(sku="MUG", name="Mug", asin="B0DEMO0001", quantity=10),
    Product(sku="CARD", name="Card", managed=False),
    Product(sku="CHAIR", name="Chair", enabled=False, quantity=10),
    Product(sku="KITE", name="Kite", quantity=0),
)


@pytest.fixture
def records() -> MemoryRecords:
    return MemoryRecords()


@pytest.fixture
def shop(records: MemoryRecords) -> SimulatedCommerce:
    shop = SimulatedCommerce(records)
    shop.catalog.save(PRODUCTS)
    return shop
