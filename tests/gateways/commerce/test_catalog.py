"""The catalog of the served shop, read and changed by people."""

from collections.abc import Iterator

import pytest

from gateways.commerce.catalog import CommerceCatalog, StockSettingError
from gateways.errors import UnknownProductError
from gateways.simulator.rest.shop import RestShop, SourceItem, StockedProduct
from schemas.product import Product
from tests.gateways.commerce.shops import Connected, connected


@pytest.fixture
def shop() -> Iterator[Connected]:
    with connected() as opened:
        yield opened


@pytest.fixture
def catalog(shop: Connected) -> CommerceCatalog:
    return CommerceCatalog(shop.gateway.client, shop.gateway.catalog)


def test_products_have_their_stock_and_what_is_promised_of_it(shop: Connected, catalog: CommerceCatalog) -> None:
    shop.shop.reserve("MUG", -3, "order_placed")
    shop.shop.products["TEE"].managed = False
    found = catalog.find(["MUG", "TEE", "NOPE"])
    assert found == {
        "MUG": Product(sku="MUG", name="MUG", quantity=10, reserved=3),
        "TEE": Product(sku="TEE", name="TEE", quantity=10, managed=False),
    }
    assert catalog.find([]) == {}


def test_products_are_created_and_changed(shop: Connected, catalog: CommerceCatalog) -> None:
    new = Product(sku="CAP", name="Cap", asin="B000000002", quantity=4)
    catalog.save([new, Product(sku="MUG", name="Mug", quantity=7)])
    assert catalog.find(["CAP"]) == {"CAP": new}
    assert (shop.shop.products["CAP"].price, shop.shop.products["MUG"].price) == (0, 10.0)
    assert catalog.change("MUG", enabled=False).enabled is False
    assert (shop.shop.products["MUG"].enabled, shop.shop.products["MUG"].name) == (False, "Mug")
    with pytest.raises(UnknownProductError):
        catalog.change("NOPE", enabled=False)


def test_stock_settings_stay_with_the_admin(shop: Connected, catalog: CommerceCatalog) -> None:
    with pytest.raises(StockSettingError, match="MUG"):
        catalog.save([Product(sku="CAP", name="Cap"), Product(sku="MUG", name="Mug", managed=False)])
    assert "CAP" not in shop.shop.products


def test_all_products_are_read_in_pages() -> None:
    large = RestShop()
    for number in range(205):
        sku = f"SKU-{number:03}"
        large.add_product(StockedProduct(large.next("product"), sku, sku, source=SourceItem(1)))
    with connected(shop=large) as shop:
        catalog = CommerceCatalog(shop.gateway.client, shop.gateway.catalog)
        products, page, last = catalog.products(), catalog.page(151, "SKU-059"), catalog.page(51, "SKU-199")
    assert [product.sku for product in products] == sorted(large.products)
    assert [product.sku for product in page] == sorted(large.products)[60:]
    assert [product.sku for product in last] == sorted(large.products)[200:]
