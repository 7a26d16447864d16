"""Creating orders in the served shop: once, with Amazon's amounts, in each stock mode, or refused in words."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from gateways.commerce.creation import StockMode
from gateways.simulator.traffic import Trouble
from schemas.blockers import BlockerKind, Cause
from schemas.gateway_requests import (
    CreateOrder,
    LookUpOrder,
    OrderCreated,
    OrderLookup,
    RequestRefused,
)
from schemas.instructions import Instruction
from schemas.order import CommerceState
from tests.gateways.commerce.shops import ADDRESS, PERSONAL, Connected, connected, number_of, order
from tests.gateways.simulator.requests import KEY, by_amazon, creation, dollars, line

MUGS = order(creation(line("MUG", 3)))
ALL_MODES = list(StockMode)
RESERVING = (StockMode.CART, StockMode.MODULE)


@pytest.fixture
def shop() -> Iterator[Connected]:
    with connected() as opened:
        yield opened


def look_up(*skus: str) -> LookUpOrder:
    return LookUpOrder(KEY, "default", skus, (), dict.fromkeys(skus, 1))


def test_an_order_through_a_cart_has_amazons_amounts_and_reserves_stock(shop: Connected) -> None:
    (created,) = shop.perform(replace(MUGS, total=dollars("10.00")))
    assert number_of(created) == "000000001"
    (made,) = shop.orders()
    assert (made["state"], made["status"], made["ext_order_id"]) == ("processing", "processing", KEY[1])
    assert (made["grand_total"], made["shipping_amount"], made["customer_email"]) == (10.0, 0.0, "buyer@example.com")
    (item,) = made["items"]
    assert (item["ext_order_item_id"], item["row_total"], item["qty_ordered"]) == ("1", 10.0, 3)
    assert made["billing_address"]["region_code"] == "WA"
    assert shop.salable("MUG") == 7
    (found,) = shop.perform(look_up("MUG"))
    assert isinstance(found, OrderLookup)
    assert isinstance(created, OrderCreated)
    assert (found.commerce_order, found.contents) == (created.commerce_order, created.contents)
    assert found.contents
    assert (found.contents.quantities, found.contents.total) == ({"1": 3}, dollars("10.00"))


def test_lines_of_one_product_become_one_item_of_the_cart(shop: Connected) -> None:
    (created,) = shop.perform(order(creation(line("MUG", 1), line("MUG", 2, "2")), total=dollars("20.00")))
    number_of(created)
    (made,) = shop.orders()
    (item,) = made["items"]
    assert (item["qty_ordered"], item["ext_order_item_id"], item["row_total"]) == (3, "1,2", 20.0)


@pytest.mark.parametrize("mode", ALL_MODES)
def test_an_order_is_created_once_however_often_its_answers_are_lost(mode: StockMode) -> None:
    with connected(mode) as shop:
        shop.server.trouble = Trouble(lost=0.2, throttled=0.1, chance=Random(5))
        number = None
        for _ in range(100):
            (found,) = shop.perform(look_up("MUG"))
            if isinstance(found, OrderLookup) and found.commerce_order:
                number = found.commerce_order.number
                break
            if isinstance(found, OrderLookup):
                shop.perform(MUGS)
            shop.time[0] += 200.0
        assert number
        assert [one["increment_id"] for one in shop.orders()] == [number]
        assert shop.salable("MUG") == (7 if mode in RESERVING else 10)


def test_most_orders_are_created_at_once_though_a_fifth_of_all_calls_fail() -> None:
    with connected() as shop:
        shop.server.trouble = Trouble(lost=0.1, throttled=0.1, chance=Random(7))
        mugs = [order(creation(line("MUG", 1), key=("demo", f"999-0000001-{n:07}"))) for n in range(10)]
        results = shop.perform(*mugs)
        assert sum(isinstance(result, OrderCreated) for result in results) >= 9
        assert len(shop.orders()) == len({one.get("ext_order_id") for one in shop.orders()})


@pytest.mark.parametrize("spelling", ["mug", "Mug  ", "MÚG"])
@pytest.mark.parametrize("mode", ALL_MODES)
def test_a_product_is_the_same_in_another_spelling_of_its_sku(mode: StockMode, spelling: str) -> None:
    with connected(mode) as shop:
        (found,) = shop.perform(look_up(spelling, "MUG"))
        assert isinstance(found, OrderLookup)
        assert {product.sku for product in found.products.values()} == {"MUG"}
        assert len(found.products) == 2
        (created,) = shop.perform(order(creation(line(spelling, 1), line("MUG", 2, "2")), total=dollars("20.00")))
        number_of(created)
        (made,) = shop.orders()
    ordered = [(item["product_id"], item["qty_ordered"], item["ext_order_item_id"]) for item in made["items"]]
    assert ordered == ([(1, 3, "1,2")] if mode is StockMode.CART else [(1, 1, "1"), (1, 2, "2")])


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        ({"city": None}, BlockerKind.ADDRESS, "lacks city"),
        ({"phone": None}, BlockerKind.ADDRESS, "lacks phone"),
        ({"region": "Atlantis"}, BlockerKind.ADDRESS, "region of the shipping address is none"),
        ({"country_code": "XX"}, BlockerKind.ADDRESS, "country_code"),
    ],
)
@pytest.mark.parametrize("mode", ALL_MODES)
def test_an_address_that_commerce_cannot_ship_to_is_refused_without_its_values(
    mode: StockMode, changes: dict[str, str | None], kind: BlockerKind, reason: str
) -> None:
    address = ADDRESS.model_copy(update=changes)
    with connected(mode) as shop:
        (refused,) = shop.perform(replace(MUGS, personal=PERSONAL.model_copy(update={"shipping_address": address})))
        assert isinstance(refused, RequestRefused)
        assert refused.causes == (Cause(kind=kind, key=KEY[1]),)
        assert reason in refused.reason
        assert "Atlantis" not in refused.reason
        assert shop.orders() == []


def test_a_corrected_address_is_taken_at_once(shop: Connected) -> None:
    shop.shop.payment_methods = frozenset()
    (refused,) = shop.perform(MUGS)
    assert isinstance(refused, RequestRefused)
    assert "Payment Method" in refused.reason
    shop.shop.payment_methods = frozenset({"checkmo"})
    (created,) = shop.perform(MUGS)
    assert number_of(created)


@pytest.mark.parametrize(("sku", "kind"), [("NOPE", BlockerKind.PRODUCT_MISSING), ("TEE", BlockerKind.OUT_OF_STOCK)])
def test_a_product_that_is_gone_since_it_was_looked_up_blocks(shop: Connected, sku: str, kind: BlockerKind) -> None:
    shop.shop.products["TEE"].enabled = False
    (refused,) = shop.perform(order(creation(line(sku, 1))))
    assert isinstance(refused, RequestRefused)
    assert refused.causes == (Cause(kind=kind, key=sku),)


def test_a_product_that_was_looked_up_is_not_looked_up_again_to_create_an_order_as_it_is() -> None:
    with connected(StockMode.REPAIR) as shop:
        (found,) = shop.perform(look_up("TEE"))
        assert isinstance(found, OrderLookup)
        tee = replace(line("TEE", 1), identity=found.products["TEE"].identity)
        shop.server.targets.clear()
        (created,) = shop.perform(order(creation(tee)))
        number_of(created)
        (made,) = shop.orders()
    assert (made["items"][0]["product_id"], made["items"][0]["product_type"]) == (2, "simple")
    assert not [target for target in shop.server.targets if "/V1/products" in target]


def test_amazons_number_is_unique_and_adopted() -> None:
    with connected(StockMode.REPAIR) as shop:
        numbered = replace(MUGS, number=KEY[1])
        (first,) = shop.perform(numbered)
        (second,) = shop.perform(numbered)
        assert number_of(first) == number_of(second) == KEY[1]
        assert isinstance(second, OrderCreated)
        assert second.adopted
        (made,) = shop.orders()
        assert (made["store_id"], made["items"][0]["product_id"]) == (1, 1)


def test_amazons_number_cannot_be_had_through_a_cart(shop: Connected) -> None:
    (refused,) = shop.perform(replace(MUGS, number=KEY[1]))
    assert isinstance(refused, RequestRefused)
    assert "declare another stock mode" in refused.reason


@pytest.mark.parametrize("mode", ALL_MODES)
def test_an_order_that_amazon_shipped_is_complete_and_touches_no_stock(mode: StockMode) -> None:
    with connected(mode) as shop:
        (created,) = shop.perform(by_amazon(MUGS))
        assert isinstance(created, OrderCreated)
        assert created.commerce_order.state is CommerceState.COMPLETE
        (made,) = shop.orders()
        assert (made["state"], shop.shop.reservations) == ("complete", [])


@pytest.mark.parametrize("request_", [MUGS, by_amazon(MUGS)])
def test_amounts_are_sent_as_they_are(request_: CreateOrder) -> None:
    one = replace(
        line("MUG", 3), price=dollars("10.00"), tax=dollars("0.83"), shipping=dollars("4.99"), discount=dollars("1.50")
    )
    with connected(StockMode.REPAIR) as shop:
        shop.perform(replace(request_, lines=(one,), total=dollars("14.32")))
        (made,) = shop.orders()
    names = ("subtotal", "tax_amount", "shipping_amount", "discount_amount", "grand_total")
    assert {name: Decimal(str(made[name])) for name in names} == {
        "subtotal": Decimal("10.0"),
        "tax_amount": Decimal("0.83"),
        "shipping_amount": Decimal("4.99"),
        "discount_amount": Decimal("-1.5"),
        "grand_total": Decimal("14.32"),
    }
    assert made["items"][0]["price"] == 3.3333


@pytest.mark.parametrize("mode", ALL_MODES)
def test_instructions_become_comments_that_the_buyer_does_not_see(mode: StockMode) -> None:
    gift = Instruction("gift_wrap_level", "1", "blue", "Gift wrap: blue")
    with connected(mode) as shop:
        shop.perform(replace(MUGS, instructions=(gift,)))
        (made,) = shop.orders()
    assert [(one["comment"], one["is_visible_on_front"]) for one in made["status_histories"]] == [(gift.text, 0)]
