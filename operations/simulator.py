"""The simulated Commerce over HTTP, opened with products and trouble, and served."""

import random
from dataclasses import dataclass
from typing import TextIO

from gateways.simulator.rest.server import RestServer, Trouble
from gateways.simulator.rest.shop import RestShop, SourceItem, StockedProduct
from gateways.simulator.serving import LOOPBACK, serve
from operations.catalog.models import BrokenLine
from operations.catalog.product_file import read_products
from operations.errors import RefusedActionError


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """What goes wrong in the simulator, at random from a seed; see gateways.simulator.rest.server.Trouble."""

    seed: int = 1
    lost: float = 0.0
    throttled: float = 0.0
    delay: float = 0.0
    slowest: float = 0.0
    bearer_allowed: bool = False


def open_commerce(options: SimulatorOptions, products: TextIO | None = None) -> RestServer:
    """Return a simulated shop with the products of a file. Raises RefusedActionError for a broken line."""
    shop = RestShop()
    for row in read_products(products) if products else ():
        if isinstance(row, BrokenLine):
            raise RefusedActionError(f"Line {row.line} of the products: {row.reason}")
        managed, enabled = row.managed is not False, row.enabled is not False
        product = StockedProduct(shop.next("product"), row.sku, row.name or row.sku, enabled=enabled, managed=managed)
        product.attributes = {"asin": row.asin} if row.asin else {}
        product.source = SourceItem(row.quantity or 0)
        shop.add_product(product)
    chance = random.Random(options.seed)  # noqa: S311 - trouble of a simulator
    trouble = Trouble(options.throttled, options.lost, options.delay, options.slowest, chance)
    return RestServer(shop, trouble=trouble, bearer_allowed=options.bearer_allowed)


def settings_for(server: RestServer, port: int) -> dict[str, str]:
    """Return the settings that connect Crossdock to the simulated shop, by variable."""
    known = server.consumer
    return {
        "CROSSDOCK_COMMERCE_URL": f"http://{LOOPBACK}:{port}",
        "CROSSDOCK_COMMERCE_CONSUMER_KEY": known.key,
        "CROSSDOCK_COMMERCE_CONSUMER_SECRET": known.secret,
        "CROSSDOCK_COMMERCE_ACCESS_TOKEN": known.token,
        "CROSSDOCK_COMMERCE_ACCESS_TOKEN_SECRET": known.token_secret,
        "CROSSDOCK_COMMERCE_MAILBOX": "orders@example.com",
        "CROSSDOCK_COMMERCE_ASIN_ATTRIBUTE": "asin",
    }


def serve_commerce(server: RestServer, port: int) -> None:
    """Serve the shop on a loopback port until the process is told to end."""
    serve(server, port)
