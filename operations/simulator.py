"""The simulated Commerce and Amazon over HTTP, opened with products and trouble, and served."""

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TextIO

from gateways.commerce.creation import StockMode
from gateways.simulator import sqs
from gateways.simulator.rest.server import RestServer
from gateways.simulator.rest.shop import RestShop, SourceItem, StockedProduct
from gateways.simulator.serving import LOOPBACK, served
from gateways.simulator.sp_api.server import AmazonServer
from gateways.simulator.traffic import Trouble
from operations.catalog.models import BrokenLine
from operations.catalog.product_file import read_products
from operations.errors import RefusedActionError
from schemas.amazon_sellers import LISTED, names_of, variable_of
from schemas.errors import SettingsError
from schemas.product import Product
from schemas.settings import PREFIX


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """Faults of both simulators, at random from a seed; see gateways.simulator.traffic.Trouble.

    `bearer_allowed` and `has_module` are about the shop: the tokens that it takes, and whether it has a module that
    creates orders.
    """

    seed: int = 1
    lost: float = 0.0
    throttled: float = 0.0
    delay: float = 0.0
    slowest: float = 0.0
    hanging: str = ""
    bearer_allowed: bool = False
    has_module: bool = False

    def trouble(self) -> Trouble:
        """Return the trouble of one simulator."""
        chance = random.Random(self.seed)  # noqa: S311 - trouble of a simulator
        return Trouble(self.throttled, self.lost, self.delay, self.slowest, chance, self.hanging)


@dataclass(frozen=True, slots=True)
class MarketplaceOptions:
    """Differences of the simulated Amazon from the real one, and the faults of its queue of notifications.

    `rate_factor`: its rates are so many times as high. `sellers` are the names of several. The rest as in
    gateways.simulator.sqs.Delivery.
    """

    rate_factor: float = 1.0
    notifications_lost: float = 0.0
    notifications_doubled: float = 0.0
    notifications_delay: float = 0.0
    disorder: bool = False
    personal_data: bool = True
    sellers: Sequence[str] = ()


def open_commerce(options: SimulatorOptions, products: TextIO | None = None) -> RestServer:
    """Return a simulated shop with the products of a file. Raises RefusedActionError for a broken line."""
    shop = RestShop(has_module=options.has_module)
    stock(shop, _products(products) if products else ())
    return RestServer(shop, trouble=options.trouble(), bearer_allowed=options.bearer_allowed)


def _products(file: TextIO) -> Iterator[Product]:
    for row in read_products(file):
        if isinstance(row, BrokenLine):
            raise RefusedActionError(f"Line {row.line} of the products: {row.reason}")
        yield Product(
            sku=row.sku,
            name=row.name or row.sku,
            asin=row.asin,
            quantity=row.quantity or 0,
            managed=row.managed is not False,
            enabled=row.enabled is not False,
        )


def stock(shop: RestShop, products: Iterable[Product]) -> None:
    """Add products to a shop, with the stock of its source."""
    for product in products:
        number = shop.next("product")
        stocked = StockedProduct(number, product.sku, product.name, enabled=product.enabled, managed=product.managed)
        stocked.attributes = {"asin": product.asin} if product.asin else {}
        stocked.source = SourceItem(product.quantity or 0)
        shop.add_product(stocked)


def open_amazon(options: SimulatorOptions, marketplace: MarketplaceOptions = MarketplaceOptions()) -> AmazonServer:
    """Return a simulated Amazon without orders, whose application may see personal data or not.

    Raises SettingsError for a name that no seller can have.
    """
    names_of(",".join(marketplace.sellers))
    ids = [f"A{number}SIMULATEDSELLER" for number, _ in enumerate(marketplace.sellers or ("",), 1)]
    server = AmazonServer(trouble=options.trouble(), may_see_personal_data=marketplace.personal_data, seller_ids=ids)
    for account in server.accounts.values():
        account.rates.factor = marketplace.rate_factor
    server.queue.delivery = sqs.Delivery(
        marketplace.notifications_lost,
        marketplace.notifications_doubled,
        marketplace.notifications_delay,
        marketplace.disorder,
        random.Random(options.seed),  # noqa: S311 - trouble of a simulator
    )
    return server


def settings_for(server: RestServer, port: int) -> dict[str, str]:
    """Return the settings that connect Crossdock to the simulated shop, by variable."""
    consumer = server.consumer
    return {
        "CROSSDOCK_COMMERCE_URL": f"http://{LOOPBACK}:{port}",
        "CROSSDOCK_COMMERCE_CONSUMER_KEY": consumer.key,
        "CROSSDOCK_COMMERCE_CONSUMER_SECRET": consumer.secret,
        "CROSSDOCK_COMMERCE_ACCESS_TOKEN": consumer.token,
        "CROSSDOCK_COMMERCE_ACCESS_TOKEN_SECRET": consumer.token_secret,
        "CROSSDOCK_COMMERCE_MAILBOX": "orders@example.com",
        "CROSSDOCK_COMMERCE_ASIN_ATTRIBUTE": "asin",
        **({"CROSSDOCK_COMMERCE_STOCK": StockMode.MODULE.value} if server.shop.has_module else {}),
    }


def amazon_settings_for(server: AmazonServer, port: int, sellers: Sequence[str] = ()) -> dict[str, str]:
    """Return the settings that connect Crossdock to the simulated Amazon, by variable, and boto3 to its queue.

    *sellers* are the names of its sellers, in their order, where they are listed.
    """
    url, sign_in = f"http://{LOOPBACK}:{port}", server.sign_in
    named = {PREFIX + LISTED: ",".join(sellers)} if sellers else {}
    for name, seller_id in zip(sellers or ("",), server.seller_ids, strict=True):
        named[variable_of(name, "amazon_seller_id")] = seller_id
        named[variable_of(name, "amazon_refresh_token")] = sign_in.refresh_token_of(seller_id)
    return {
        "CROSSDOCK_AMAZON_URL": url,
        "CROSSDOCK_AMAZON_SIGN_IN_URL": url,
        "CROSSDOCK_AMAZON_CLIENT_ID": sign_in.client_id,
        "CROSSDOCK_AMAZON_CLIENT_SECRET": sign_in.client_secret,
        **named,
        "CROSSDOCK_AMAZON_QUEUE_URL": f"{url}{sqs.PATH}",
        "AWS_ENDPOINT_URL_SQS": url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "simulator",
        "AWS_SECRET_ACCESS_KEY": "simulator",
    }


@contextmanager
def serving(commerce: RestServer, commerce_port: int, amazon: AmazonServer, amazon_port: int) -> Iterator[None]:
    """Serve both on loopback ports while the block runs. Raises SettingsError for a port that is taken."""
    amazon.url = f"http://{LOOPBACK}:{amazon_port}"
    with ExitStack() as stack:
        for server, port in ((commerce, commerce_port), (amazon, amazon_port)):
            try:
                stack.enter_context(served(server, port))
            except OSError as error:
                raise SettingsError(f"Port {port} cannot be opened: {error.strerror}; choose another one.") from None
        yield
