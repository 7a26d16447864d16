"""A shop of the kind that was recorded, served, and a client that signs."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

from gateways.commerce.oauth import OAuthKeys, OAuthSignature
from gateways.http.client import Conditions, HttpClient
from gateways.secrets import Secret
from gateways.simulator.rest.server import RestServer
from gateways.simulator.rest.shop import RestShop, SourceItem, StockedProduct
from gateways.simulator.serving import served


class ServedShop(NamedTuple):
    """A served shop and a signing client."""

    server: RestServer
    url: str
    client: HttpClient


def recorded_shop() -> RestShop:
    """Return the catalog that was recorded: on stock, disabled, without a source, not managed, with odd signs."""
    shop = RestShop()
    shop.add_product(StockedProduct(shop.next("product"), "SKU-1", "SKU-1", source=SourceItem(500)))
    shop.add_product(StockedProduct(shop.next("product"), "SKU-DIS", "SKU-DIS", enabled=False, source=SourceItem(5)))
    shop.add_product(StockedProduct(shop.next("product"), "SKU-OOS", "SKU-OOS"))
    shop.add_product(StockedProduct(shop.next("product"), "SKU-NM", "SKU-NM", managed=False, source=SourceItem(0)))
    shop.add_product(StockedProduct(shop.next("product"), "SKU/Sl ash+x", "SKU/Sl ash+x", source=SourceItem(3)))
    return shop


def keys_of(server: RestServer) -> OAuthKeys:
    """Return the credentials of the server's integration."""
    known = server.consumer
    values = (known.key, known.secret, known.token, known.token_secret)
    return OAuthKeys(*(Secret("KEY", value, None) for value in values))


@contextmanager
def serving_shop(shop: RestShop | None = None, conditions: Conditions | None = None) -> Iterator[ServedShop]:
    """Serve a shop, the recorded one unless another is given."""
    server = RestServer(shop or recorded_shop())
    with served(server) as url:
        signature = OAuthSignature(keys_of(server))
        base = f"{url}/rest/default"
        with closing(HttpClient("commerce", base, signature, conditions=conditions)) as client:
            yield ServedShop(server, url, client)
