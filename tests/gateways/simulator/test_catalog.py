"""The simulated catalog changes products without changing their reserved quantities."""

import pytest

from gateways.errors import UnknownProductError
from gateways.simulator.commerce import SimulatedCommerce
from schemas.gateway_requests import OrderLookup
from schemas.product import Product
from tests.gateways.simulator.requests import creation, line, look_up


def by_asin(shop: SimulatedCommerce, asin: str) -> str | None:
    answer = shop.perform([look_up(asins=(asin,))])[0]
    assert isinstance(answer, OrderLookup)
    return answer.by_asin.get(asin)


def test_products_are_listed_by_sku(shop: SimulatedCommerce) -> None:
    assert [product.sku for product in shop.catalog.products()] == ["CARD", "CHAIR", "KITE", "MUG"]


def test_a_catalog_of_several_pages_is_listed_completely(shop: SimulatedCommerce) -> None:
    shop.catalog.save(Product(sku=f"P-{n:05}", name="Product") for n in range(2001))
    assert len(shop.catalog.products()) == 2005
    assert [product.sku for product in shop.catalog.page(3, "P-01998")] == ["P-01999", "P-02000"]


def test_importing_a_product_again_keeps_its_reserved_quantity(shop: SimulatedCommerce) -> None:
    shop.perform([creation(line("MUG", 4))])
    shop.catalog.save([Product(sku="MUG", name="Mug, new", quantity=20)])
    mug = shop.catalog.find(["MUG"])["MUG"]
    assert (mug.name, mug.quantity, mug.reserved, mug.salable) == ("Mug, new", 20, 4, 16)


def test_changing_a_product_leaves_its_other_facts(shop: SimulatedCommerce) -> None:
    changed = shop.catalog.change("CHAIR", enabled=True, quantity=3)
    assert changed == Product(sku="CHAIR", name="Chair", enabled=True, quantity=3)
    assert shop.catalog.find(["CHAIR", "GHOST"]) == {"CHAIR": changed}


def test_a_missing_product_cannot_be_changed(shop: SimulatedCommerce) -> None:
    with pytest.raises(UnknownProductError, match="There is no product GHOST in the catalog"):
        shop.catalog.change("GHOST", enabled=True)


def test_an_asin_finds_the_product_that_has_it_now(shop: SimulatedCommerce) -> None:
    assert by_asin(shop, "B0DEMO0001") == "MUG"
    shop.catalog.change("MUG", asin="B0DEMO0002")
    assert by_asin(shop, "B0DEMO0001") is None
    assert by_asin(shop, "B0DEMO0002") == "MUG"
    shop.catalog.change("KITE", asin="B0DEMO0002")
    shop.catalog.change("MUG", asin=None)
    assert by_asin(shop, "B0DEMO0002") == "KITE"
