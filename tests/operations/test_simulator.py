"""The simulated Commerce as people open it: with the products of a file, and with the settings to connect to it."""

from io import StringIO

import pytest

from operations.errors import RefusedActionError
from operations.simulator import SimulatorOptions, open_commerce, settings_for

FILE = "sku,name,quantity,enabled\nMUG,Mug,3,yes\nTEE,Tee,0,no\n"


def test_it_sells_the_products_of_a_file() -> None:
    shop = open_commerce(SimulatorOptions(), StringIO(FILE)).shop
    assert {sku: shop.salable(product) for sku, product in shop.products.items()} == {"MUG": 3, "TEE": 0}
    assert [product.enabled for product in shop.products.values()] == [True, False]


def test_a_broken_line_is_named() -> None:
    with pytest.raises(RefusedActionError, match="Line 2"):
        open_commerce(SimulatorOptions(), StringIO("sku,quantity\nMUG,many\n"))


def test_the_settings_connect_to_it() -> None:
    server = open_commerce(SimulatorOptions())
    settings = settings_for(server, 8085)
    assert settings["CROSSDOCK_COMMERCE_URL"] == "http://127.0.0.1:8085"
    assert server.consumer.token_secret in settings.values()
