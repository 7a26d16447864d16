"""Orders that a module of the shop creates: whole, once, or refused in words."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateways.commerce.creation import StockMode
from gateways.errors import CallFailedError
from gateways.http.outcome import Outcome
from gateways.simulator.traffic import HttpAnswer, HttpRequest
from schemas.blockers import BlockerKind, Cause
from schemas.gateway_requests import OrderCreated, RequestRefused
from schemas.store import CustomerCreation
from tests.gateways.commerce.shops import ADDRESS, PERSONAL, Connected, connected, number_of, order
from tests.gateways.simulator.requests import KEY, by_amazon, creation, dollars, line

MUGS = order(creation(line("MUG", 3)))


@pytest.fixture
def shop() -> Iterator[Connected]:
    with connected(StockMode.MODULE) as opened:
        yield opened


@pytest.mark.parametrize("number", [None, KEY[1]])
def test_one_call_creates_the_order_with_amazons_amounts_id_number_and_reservation(
    shop: Connected, number: str | None
) -> None:
    (created,) = shop.perform(replace(MUGS, number=number, total=dollars("10.00")))
    assert number_of(created) == (number or "000000001")
    assert isinstance(created, OrderCreated)
    assert not created.adopted
    assert created.contents
    assert (created.contents.quantities, created.contents.total) == ({"1": 3}, dollars("10.00"))
    (made,) = shop.orders()
    assert (made["state"], made["ext_order_id"], made["customer_email"]) == ("processing", KEY[1], "buyer@example.com")
    assert made["billing_address"]["region_code"] == "WA"
    assert shop.salable("MUG") == 7
    changes = [target for target in shop.server.targets if not target.startswith("GET")]
    assert changes == ["POST /rest/all/V1/crossdock/orders"]


def test_a_repeat_is_answered_with_the_same_order_which_gets_the_present_address(shop: Connected) -> None:
    (first,) = shop.perform(MUGS)
    moved = PERSONAL.model_copy(update={"shipping_address": ADDRESS.model_copy(update={"line1": "7 Edited Street"})})
    (second,) = shop.perform(replace(MUGS, personal=moved, address_stamp=1))
    assert number_of(first) == number_of(second)
    (made,) = shop.orders()
    assert made["billing_address"]["street"] == ["7 Edited Street"]
    assert shop.salable("MUG") == 7


def test_a_complete_order_of_amazons_reserves_nothing(shop: Connected) -> None:
    shop.shop.products["MUG"].enabled = False
    number_of(*shop.perform(by_amazon(MUGS)))
    assert shop.shop.reservations == []
    assert "POST /rest/all/V1/crossdock/orders" in shop.server.targets


def test_orders_of_one_mailbox_are_one_customers_and_those_of_no_mailbox_a_guests(shop: Connected) -> None:
    mug, nobody = creation(line("MUG", 1)), PERSONAL.model_copy(update={"buyer": None})
    new = order(mug, customer=CustomerCreation.NEW)
    another = replace(new, key=("demo", "999-0000001-0000003"))
    unknown = replace(new, key=("demo", "999-0000001-0000004"), personal=nobody)
    guest = order(replace(mug, key=("demo", "999-0000001-0000005")))
    for request in (new, new, another, unknown, guest):
        number_of(*shop.perform(request))
    assert shop.shop.customers == {1: "buyer@example.com"}
    owners = [(one.get("customer_id"), one["customer_is_guest"]) for one in shop.orders()]
    assert owners == [(1, 0), (1, 0), (None, 1), (None, 1)]


@pytest.mark.parametrize("mode", [StockMode.CART, StockMode.REPAIR, StockMode.NONE])
def test_a_customer_is_refused_where_no_module_creates_one(mode: StockMode) -> None:
    with connected(mode) as shop:
        (refused,) = shop.perform(replace(MUGS, customer=CustomerCreation.NEW))
        assert isinstance(refused, RequestRefused)
        assert "set the store's customer creation to guest" in refused.reason
        assert shop.orders() == []


@pytest.mark.parametrize(("quantity", "enabled"), [(11, True), (1, False)])
def test_the_modules_refusal_in_commerces_words_blocks_the_order(shop: Connected, quantity: int, enabled: bool) -> None:
    shop.shop.products["TEE"].enabled = enabled
    (refused,) = shop.perform(order(creation(line("TEE", quantity))))
    assert isinstance(refused, RequestRefused)
    assert refused.causes == (Cause(kind=BlockerKind.OUT_OF_STOCK, key="TEE"),)
    assert shop.orders() == []


def test_an_order_waits_while_the_shop_has_lost_its_module(shop: Connected) -> None:
    shop.shop.has_module = False
    (failed,) = shop.perform(MUGS)
    assert isinstance(failed, CallFailedError)
    assert failed.outcome is Outcome.BLOCKED
    assert "no module at /V1/crossdock/orders" in str(failed)
    shop.shop.has_module = True
    number_of(*shop.perform(MUGS))


def test_a_module_that_does_not_keep_amazons_id_is_found_out(shop: Connected) -> None:
    answer = shop.server.answer

    def without_id(request: HttpRequest) -> HttpAnswer:
        answered = answer(request)
        for made in shop.shop.orders.values():
            made.pop("ext_order_id", None)
        return answered

    shop.server.answer = without_id  # type: ignore[method-assign]
    (refused,) = shop.perform(MUGS)
    assert isinstance(refused, RequestRefused)
    assert "the shop's module answered with order 000000001, which does not have Amazon's order id" in refused.reason


def test_an_entity_that_the_module_does_not_find_is_no_cart_that_is_gone(shop: Connected) -> None:
    answer = type(shop.server).answer.__get__(shop.server)
    message = b'{"message": "No such entity with %fieldName = %fieldValue", "parameters": {"fieldName": "sku"}}'

    def refuse(request: HttpRequest) -> HttpAnswer:
        return HttpAnswer(404, message) if "crossdock" in request.target else answer(request)

    shop.server.answer = refuse  # type: ignore[method-assign]
    (refused,) = shop.perform(MUGS)
    assert isinstance(refused, RequestRefused)
    assert "No such entity with sku" in refused.reason
