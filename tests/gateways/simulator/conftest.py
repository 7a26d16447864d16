"""A shop with a small catalog, with documents in memory."""

import pytest

from gateways.simulator.commerce import SimulatedCommerce
from schemas.product import Product
from tests.gateways.simulator.memory import MemoryDocumentStore

PRODUCTS = (
    Product(sku="MUG", name="Mug", asin="B0DEMO0001", quantity=10),
    Product(sku="CARD", name="Card", managed=False),
    Product(sku="CHAIR", name="Chair", enabled=False, quantity=10),
    Product(sku="KITE", name="Kite", quantity=0),
)


@pytest.fixture
def documents() -> MemoryDocumentStore:
    return MemoryDocumentStore()


@pytest.fixture
def shop(documents: MemoryDocumentStore) -> SimulatedCommerce:
    shop = SimulatedCommerce(documents)
    shop.catalog.save(PRODUCTS)
    return shop
