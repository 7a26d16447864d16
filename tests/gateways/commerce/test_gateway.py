"""Commerce over REST, against the served shop: looked up, completed, canceled, and deferred or refused in words."""

from collections.abc import Iterator
from concurrent.futures import Future
from copy import deepcopy
from dataclasses import replace

import pytest

from gateways.commerce.creation import StockMode
from gateways.commerce.gateway import LOOKUP_BATCH, awaited
from gateways.simulator.rest import fulfilment, orders
from gateways.simulator.rest.order_entity import addresses_of
from gateways.simulator.rest.server import RestServer
from gateways.simulator.traffic import HttpAnswer, HttpRequest, Trouble
from schemas.errors import RetryableError
from schemas.gateway_requests import (
    Accepted,
    CancelCommerceOrder,
    ChangeAddress,
    CompleteOrder,
    LookUpOrder,
    OrderCreated,
    OrderLookup,
    RequestRefused,
    ReserveStock,
)
from schemas.order import CommerceState
from schemas.status import StockState
from tests.gateways.commerce.shops import ADDRESS, PERSONAL, Connected, connected, order
from tests.gateways.simulator.requests import KEY, OTHER_KEY, creation, line

MUGS = order(creation(line("MUG", 3)))
ALL_MODES = list(StockMode)
RESERVING = (StockMode.CART, StockMode.MODULE)


@pytest.fixture
def shop() -> Iterator[Connected]:
    with connected() as opened:
        yield opened


def look_up(*skus: str, key: tuple[str, str] = KEY, wanted: int = 1) -> LookUpOrder:
    return LookUpOrder(key, "default", skus, (), dict.fromkeys(skus, wanted))


def number_of(result: object) -> str:
    assert isinstance(result, OrderCreated), result
    return result.commerce_order.number


def test_more_orders_than_callers_and_their_products_are_looked_up_together(shop: Connected) -> None:
    shop.shop.products["TEE"].enabled = False
    lookups = [look_up("MUG", "TEE", "NOPE", key=("demo", f"999-0000001-{n:07}"), wanted=5) for n in range(100)]
    results = shop.perform(*lookups)
    assert shop.server.calls == 100 / LOOKUP_BATCH * 3
    first = results[0]
    assert isinstance(first, OrderLookup)
    assert {sku: (p.enabled, p.stock, p.salable) for sku, p in first.products.items()} == {
        "MUG": (True, StockState.IN_STOCK, 10),
        "TEE": (False, StockState.OUT_OF_STOCK, 0),
    }


def test_a_look_up_that_hangs_holds_up_no_other_while_callers_are_free(shop: Connected) -> None:
    shop.server.trouble = Trouble(hanging="HANGS")
    hanging, *others = shop.gateway.start([look_up("HANGS"), look_up("MUG", key=OTHER_KEY), look_up("TEE")])
    assert all(isinstance(awaited(other), OrderLookup) for other in others)
    assert isinstance(hanging, Future)
    assert not hanging.done()


def test_stock_that_is_not_managed_or_that_no_source_has_is_distinguished(shop: Connected) -> None:
    shop.shop.products["MUG"].managed = False
    shop.shop.products["TEE"].source = None
    (found,) = shop.perform(look_up("MUG", "TEE"))
    assert isinstance(found, OrderLookup)
    assert {sku: p.stock for sku, p in found.products.items()} == {
        "MUG": StockState.NOT_MANAGED,
        "TEE": StockState.OUT_OF_STOCK,
    }


def test_skus_with_any_sign_and_asins_are_found(shop: Connected) -> None:
    odd = ['MUG,blue "1/2"+x', "été ✓", "a&b=c#d%20"]
    for sku in odd:
        product = replace(shop.shop.products["MUG"], sku=sku)
        shop.shop.add_product(product)
    shop.shop.products["TEE"].attributes["asin"] = "B000000001"
    (found,) = shop.perform(LookUpOrder(KEY, "default", tuple(odd), ("B000000001",), {}))
    assert isinstance(found, OrderLookup)
    assert set(found.products) == {*odd, "TEE"}
    assert found.by_asin == {"B000000001": "TEE"}


@pytest.mark.parametrize("mode", ALL_MODES)
def test_completion_invoices_and_ships_and_may_be_repeated(mode: StockMode) -> None:
    with connected(mode) as shop:
        (created,) = shop.perform(MUGS)
        for _ in range(2):
            (completed,) = shop.perform(CompleteOrder(KEY, number_of(created)))
            assert isinstance(completed, Accepted), completed
        (made,) = shop.orders()
        assert (made["state"], made["total_due"]) == ("complete", 0)
        shipped = mode is not StockMode.NONE
        assert len(shop.shop.shipments) == shipped
        assert shop.salable("MUG") == (7 if mode in RESERVING else 10)


def test_completion_goes_on_where_a_person_or_an_earlier_attempt_ended(shop: Connected) -> None:
    (created,) = shop.perform(MUGS)
    (made,) = shop.orders()
    fulfilment.ship(shop.shop, None, made["entity_id"])
    (completed,) = shop.perform(CompleteOrder(KEY, number_of(created)))
    assert isinstance(completed, Accepted)
    assert (made["state"], len(shop.shop.shipments)) == ("complete", 1)


@pytest.mark.parametrize("mode", ALL_MODES)
def test_a_cancellation_believes_the_order_and_returns_its_stock(mode: StockMode) -> None:
    with connected(mode) as shop:
        (created,) = shop.perform(MUGS)
        for _ in range(2):
            (canceled,) = shop.perform(CancelCommerceOrder(KEY, number_of(created)))
            assert isinstance(canceled, Accepted), canceled
        (made,) = shop.orders()
        assert made["state"] == "canceled"
        assert shop.salable("MUG") == (13 if mode is StockMode.REPAIR else 10), "the shop's repair takes back the three"


def test_a_cancellation_whose_answer_was_lost_is_not_sent_again_before_the_order_is_read(shop: Connected) -> None:
    (created,) = shop.perform(MUGS)
    answer = shop.server.answer

    def answer_or_lose(request: HttpRequest) -> HttpAnswer:
        return answer(request)._replace(lost=request.target.endswith("/cancel"))

    shop.server.answer = answer_or_lose  # type: ignore[method-assign]
    failed, canceled = (shop.perform(CancelCommerceOrder(KEY, number_of(created)))[0] for _ in range(2))
    assert isinstance(failed, RetryableError)
    assert isinstance(canceled, Accepted)
    assert sum(target.endswith("/cancel") for target in shop.server.targets) == 1


def test_an_invoiced_order_is_not_canceled_whatever_the_status_of_the_answer(shop: Connected) -> None:
    (created,) = shop.perform(MUGS)
    fulfilment.invoice(shop.shop, {"capture": True}, shop.orders()[0]["entity_id"])
    (refused,) = shop.perform(CancelCommerceOrder(KEY, number_of(created)))
    assert isinstance(refused, RequestRefused)
    assert "is processing and cannot be canceled" in refused.reason


def test_an_edited_order_is_followed_to_the_one_that_replaced_it(shop: Connected) -> None:
    (created,) = shop.perform(MUGS)
    (made,) = shop.orders()
    successor = {**deepcopy(made), "entity_id": 900, "increment_id": "000000001-1", "ext_order_id": None}
    orders.cancel(shop.shop, made["entity_id"])
    made["relation_child_id"] = "900"
    shop.shop.orders[900] = successor
    (found,) = shop.perform(look_up("MUG"))
    assert isinstance(found, OrderLookup)
    assert found.commerce_order
    assert (found.commerce_order.number, found.commerce_order.state) == ("000000001-1", CommerceState.OPEN)
    (canceled,) = shop.perform(CancelCommerceOrder(KEY, number_of(created)))
    assert isinstance(canceled, Accepted)
    assert successor["state"] == "canceled"


def test_three_equal_internal_errors_are_a_fault_of_the_shop_with_its_report() -> None:
    with connected(StockMode.REPAIR) as shop:
        shop.shop.add_product(replace(shop.shop.products["MUG"], sku="BAD"))
        broken = order(creation(line("BAD", 1)))
        fail_creation(shop)
        results = []
        for _ in range(3):
            results += shop.perform(broken)
            shop.time[0] += 200.0
        assert [isinstance(result, RetryableError) for result in results] == [True, True, False]
        assert isinstance(results[2], RequestRefused)
        assert "webapi-" in results[2].reason


def fail_creation(shop: Connected) -> None:
    """Have the creation of orders end in an internal error."""
    answer = shop.server.answer

    def answer_or_fail(request: HttpRequest) -> HttpAnswer:
        if request.method == "POST" and request.target.endswith("/orders"):
            return RestServer.answer(shop.server, request._replace(body=b'{"entity": {"nonsense": 1}}'))
        return answer(request)

    shop.server.answer = answer_or_fail  # type: ignore[method-assign]


def test_stock_without_an_order_cannot_be_reserved_and_nothing_has_to_be_released(shop: Connected) -> None:
    refused, released, nothing = shop.perform(
        ReserveStock(KEY, {"MUG": 1}), ReserveStock(KEY, {}), CancelCommerceOrder(OTHER_KEY, None)
    )
    assert isinstance(refused, RequestRefused)
    assert isinstance(released, Accepted)
    assert isinstance(nothing, Accepted)


def test_a_shop_without_the_right_to_read_defers_and_names_the_right(shop: Connected) -> None:
    shop.server.missing_rights.add("Magento_Catalog::products")
    (failed,) = shop.perform(look_up("MUG"))
    assert isinstance(failed, RetryableError)
    assert "Magento_Catalog::products" in str(failed)
    assert shop.log.errors[-1].outcome == "blocked"


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "3",
        '{"items": 3}',
        '{"items": [3]}',
        '{"items": [{}]}',
        '{"items": [{"entity_id": 1}]}',
        '{"items": null}',
    ],
)
def test_an_answer_of_another_form_defers_and_is_no_fault_of_the_order(shop: Connected, body: str) -> None:
    shop.server.answer = lambda request: HttpAnswer(200, body.encode())  # type: ignore[method-assign]
    lookup, completed = shop.perform(look_up("MUG"), CompleteOrder(KEY, "000000001"))
    nothing_found = body == '{"items": null}'
    assert isinstance(lookup, OrderLookup if nothing_found else RetryableError)
    assert isinstance(completed, RequestRefused if nothing_found else RetryableError)


@pytest.mark.parametrize("mode", ALL_MODES)
def test_the_address_of_an_open_order_is_changed_as_often_as_it_is_asked(mode: StockMode) -> None:
    with connected(mode) as shop:
        number = number_of(shop.perform(MUGS)[0])
        moved = PERSONAL.model_copy(update={"shipping_address": ADDRESS.model_copy(update={"city": "Editville"})})
        change = ChangeAddress(KEY, number, moved)
        for _ in range(2):
            assert shop.perform(change) == [Accepted(f"Commerce order {number} has the address")]
        (kept,) = shop.orders()
        assert {address["city"] for address in addresses_of(kept).values()} == {"Editville"}


def test_an_address_that_commerce_does_not_know_and_an_order_that_ended_are_refused(shop: Connected) -> None:
    number = number_of(shop.perform(MUGS)[0])
    nowhere = PERSONAL.model_copy(update={"shipping_address": ADDRESS.model_copy(update={"region": "Nowhere"})})
    unknown = "the region of the shipping address is none that Commerce knows in US"
    assert shop.perform(ChangeAddress(KEY, number, nowhere)) == [RequestRefused(unknown)]
    shop.perform(CancelCommerceOrder(KEY, number))
    assert shop.perform(ChangeAddress(KEY, number, PERSONAL)) == [RequestRefused("it is canceled")]
    missing = RequestRefused("Commerce has no order 4 for this Amazon order")
    assert shop.perform(ChangeAddress(OTHER_KEY, "4", PERSONAL)) == [missing]
