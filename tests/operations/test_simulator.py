"""The simulators as people open them: with the products of a file, and with the settings to connect to them."""

import shlex
from collections.abc import Callable
from io import StringIO

import pytest

from ledger.ledger import Ledger
from operations.errors import RefusedActionError
from operations.simulator import (
    MarketplaceOptions,
    SimulatorOptions,
    amazon_settings_for,
    open_amazon,
    open_commerce,
    serving,
    settings_for,
)
from schemas.errors import SettingsError
from schemas.settings import read_settings
from workers.process.amazon import opened_amazon

FILE = "sku,name,quantity,enabled\nMUG,Mug,3,yes\nTEE,Tee,0,no\n"


def test_it_sells_the_products_of_a_file() -> None:
    shop = open_commerce(SimulatorOptions(), StringIO(FILE)).shop
    assert {sku: shop.salable(product) for sku, product in shop.products.items()} == {"MUG": 3, "TEE": 0}
    assert [product.enabled for product in shop.products.values()] == [True, False]


def test_its_shop_has_a_module_if_it_is_to() -> None:
    assert not open_commerce(SimulatorOptions()).shop.has_module
    assert open_commerce(SimulatorOptions(has_module=True)).shop.has_module


def test_a_broken_line_is_named() -> None:
    with pytest.raises(RefusedActionError, match="Line 2"):
        open_commerce(SimulatorOptions(), StringIO("sku,quantity\nMUG,many\n"))


def test_a_shell_reads_the_settings_as_they_are() -> None:
    values = settings_for(open_commerce(SimulatorOptions()), 8085)
    values |= amazon_settings_for(open_amazon(SimulatorOptions(), MarketplaceOptions()), 8086)
    assert {name: shlex.quote(value) for name, value in values.items()} == values


def test_the_settings_connect_to_it() -> None:
    server = open_commerce(SimulatorOptions())
    settings = settings_for(server, 8085)
    assert settings["CROSSDOCK_COMMERCE_URL"] == "http://127.0.0.1:8085"
    assert server.consumer.token_secret in settings.values()
    assert "CROSSDOCK_COMMERCE_STOCK" not in settings


def test_the_settings_have_orders_created_by_the_module_of_a_shop_that_has_one() -> None:
    values = settings_for(open_commerce(SimulatorOptions(has_module=True)), 8085)
    assert read_settings(values).commerce_stock == "module"


def test_the_settings_of_amazon_connect_to_it(ledger: Ledger, free_tcp_port_factory: Callable[[], int]) -> None:
    commerce, amazon = open_commerce(SimulatorOptions()), open_amazon(SimulatorOptions(), MarketplaceOptions(2.0))
    commerce_port, port = free_tcp_port_factory(), free_tcp_port_factory()
    (seller,) = read_settings(amazon_settings_for(amazon, port)).sellers
    with serving(commerce, commerce_port, amazon, port), opened_amazon(seller, ledger) as gateway:
        gateway.client.check_access(gateway.included)
        again = serving(commerce, free_tcp_port_factory(), amazon, port)
        with pytest.raises(SettingsError, match=f"Port {port} cannot be opened"), again:
            pass
    assert amazon.rates.calls == {"getOrder": 1}
    assert not amazon.violations


def test_personal_data_and_notifications_are_as_configured() -> None:
    options = MarketplaceOptions(notifications_lost=1.0, personal_data=False)
    amazon = open_amazon(SimulatorOptions(), options)
    assert (amazon.reader.roles, amazon.queue.delivery.lost) == (frozenset(), 1.0)
