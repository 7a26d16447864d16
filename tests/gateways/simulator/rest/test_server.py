"""The served shop: signatures and rights as Commerce checks them, and a client that nobody here wrote."""

import random
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from magento import Magento
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256, Client

from gateways.errors import CallFailedError
from gateways.http.call import Call
from gateways.simulator.rest.server import RestServer
from gateways.simulator.rest.shop import RestShop
from gateways.simulator.traffic import HttpAnswer, HttpRequest, Trouble
from tests.gateways.simulator.rest.shops import ServedShop, recorded_shop, serving_shop
from tests.gateways.simulator.rest.test_server_recorded import changed_order

URL = "http://shop.example.com/rest/default/V1/orders?searchCriteria="


@pytest.fixture
def shop() -> Iterator[ServedShop]:
    with serving_shop() as served:
        yield served


def ask(server: RestServer, authorization: str = "", target: str = URL.removeprefix("http://shop.example.com")) -> Any:
    """Call the server; return the status and the data."""
    headers = {"host": "shop.example.com", "authorization": authorization}
    reply = server.answer(HttpRequest("GET", target, headers, b""))
    return reply.status, reply.body.decode()


def signed(server: RestServer, **changes: Any) -> str:
    known = server.consumer
    options: dict[str, Any] = {"signature_method": SIGNATURE_HMAC_SHA256} | changes
    names = [options.pop("key", known.key), known.secret, options.pop("token", known.token), known.token_secret]
    _, headers, _ = Client(*names, **options).sign(URL, http_method=cast("Any", "GET"))
    return str(headers["Authorization"])


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({}, 200, '"total_count": 0'),
        ({"signature_method": SIGNATURE_HMAC_SHA1}, 400, "Signature method %1 is not supported"),
        ({"key": "short"}, 401, "Consumer key is not the correct length"),
        ({"key": "x" * 32}, 401, "A consumer having the specified key does not exist"),
        ({"token": "x"}, 401, "Specified token does not exist"),
        ({"timestamp": str(int(time.time()) + 400_000)}, 401, "An error occurred validating the nonce"),
        ({"timestamp": str(int(time.time()) - 2_000_000)}, 200, '"total_count": 0'),
    ],
)
def test_signatures_are_checked_as_commerce_does(changes: dict[str, Any], status: int, message: str) -> None:
    server = RestServer(RestShop())
    answered, body = ask(server, signed(server, **changes))
    assert answered == status
    assert message in body


def test_a_signature_counts_once_and_for_its_address() -> None:
    server = RestServer(RestShop())
    header = signed(server)
    assert ask(server, header, "/rest/default/V1/products?searchCriteria=")[0] == 401
    assert ask(server, header)[0] == 200
    assert "The nonce is already being used" in ask(server, header)[1]


@pytest.mark.parametrize("authorization", ["", "Bearer simulatorsimulatorsimulato00token", "Basic eA=="])
def test_without_credentials_the_missing_right_is_named(authorization: str) -> None:
    server = RestServer(RestShop())
    status, body = ask(server, authorization)
    assert status == 401
    assert '"resources": "Magento_Sales::actions_view"' in body


def test_a_right_that_the_integration_lacks_is_named(shop: ServedShop) -> None:
    shop.server.missing_rights.add("Magento_Catalog::products")
    with pytest.raises(CallFailedError) as refused:
        shop.client.call(Call("find product", "GET", "/V1/products/SKU-1"))
    assert refused.value.code == "401"


def test_a_lost_answer_was_carried_out_and_a_throttled_call_was_not(shop: ServedShop) -> None:
    create = Call("create cart", "POST", "/V1/carts/")
    shop.server.trouble = Trouble(lost=1.0)
    with pytest.raises(CallFailedError) as failure:
        shop.client.call(create)
    assert (failure.value.code, len(shop.server.shop.carts)) == ("connection", 1)
    shop.server.trouble = Trouble(throttled=1.0)
    with pytest.raises(CallFailedError) as failure:
        shop.client.call(create)
    assert (failure.value.retry_after, len(shop.server.shop.carts)) == (1.0, 1)


def test_trouble_is_the_same_for_the_same_seed() -> None:
    def answers() -> list[HttpAnswer]:
        server = RestServer(RestShop(), trouble=Trouble(0.3, 0.3, 0.1, 3.0, random.Random(7)))
        asked = [server.answer(HttpRequest("GET", "/V1/x", {}, b"")) for _ in range(50)]
        return [answer._replace(headers=()) for answer in asked]  # they have the date

    assert answers() == answers()


def test_a_shop_in_maintenance_answers_with_a_page(shop: ServedShop) -> None:
    shop.server.in_maintenance = True
    with pytest.raises(CallFailedError, match="503 without JSON"):
        shop.client.call(Call("create cart", "POST", "/V1/carts/"))


def test_pymagento_reads_invoices_and_ships_an_order(shop: ServedShop) -> None:
    shop.server.bearer_allowed = True
    shop.client.call(Call("create order", "POST", "/V1/orders", body={"entity": changed_order({})}))
    magento = Magento(token=shop.server.consumer.token, base_url=shop.url, scope="default")
    order = magento.get_order_by_increment_id("902-1100000-0000001")
    assert order
    assert (order["grand_total"], order["items"][0]["sku"]) == (48.27, "SKU-1")
    assert magento.create_order_invoice(order["entity_id"]) == "1"
    assert magento.ship_order(order["entity_id"], {"items": []}) == "1"
    assert [one["state"] for one in magento.get_orders()] == ["complete"]
    assert recorded_shop().products.keys() == {product["sku"] for product in magento.get_products()}
