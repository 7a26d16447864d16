"""Attempts at creating an order that fail half way: the next goes on with them, and none creates a second order."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateways.commerce.attempts import EarlierAttemptError
from gateways.commerce.client import Purpose
from gateways.commerce.creation import StockMode
from gateways.errors import ThrottledError
from gateways.simulator.rest import fulfilment, orders
from gateways.simulator.rest.shop import RestShop
from gateways.simulator.traffic import HttpAnswer, HttpRequest, Trouble
from schemas.errors import RetryableError
from schemas.gateway_requests import LookUpOrder, OrderCreated, OrderLookup
from schemas.instructions import Instruction
from tests.gateways.commerce.shops import Connected, connected, number_of, order
from tests.gateways.simulator.requests import KEY, creation, dollars, line

MUGS = order(creation(line("MUG", 3)))


@pytest.fixture
def shop() -> Iterator[Connected]:
    with connected() as opened:
        yield opened


class Unanswered:
    """Has a shop lose all answers of calls whose path ends so, or answer them with an error instead of doing them."""

    def __init__(self, shop: Connected, ending: str, status: int = 0) -> None:
        self._server, self._answer, self._ending, self._status = shop.server, shop.server.answer, ending, status
        shop.server.answer = self._respond  # type: ignore[method-assign]

    def _respond(self, request: HttpRequest) -> HttpAnswer:
        if not request.target.endswith(self._ending):
            return self._answer(request)
        return HttpAnswer(self._status, b"{}") if self._status else self._answer(request)._replace(lost=True)

    def restore(self) -> None:
        self._server.answer = self._answer  # type: ignore[method-assign]


def test_a_placed_order_that_was_not_rewritten_is_found_by_its_cart(shop: Connected) -> None:
    answers = Unanswered(shop, "/rest/all/V1/orders", status=500)
    (failed,) = shop.perform(MUGS)
    assert isinstance(failed, RetryableError)
    answers.restore()
    (created,) = shop.perform(MUGS)
    assert number_of(created) == "000000001"
    assert len(shop.orders()) == 1


def test_a_placed_order_keeps_its_quantities_when_amazon_has_changed_them_before_it_was_rewritten(
    shop: Connected,
) -> None:
    answers = Unanswered(shop, "/rest/all/V1/orders", status=500)
    shop.perform(order(creation(line("MUG", 3), line("TEE", 1, "2"))))
    answers.restore()
    (created,) = shop.perform(order(creation(line("MUG", 2))))
    assert isinstance(created, OrderCreated)
    assert created.contents
    assert created.contents.quantities == {"1": 3, "TEE": 1}  # so the order is known to differ from Amazon's
    (made,) = shop.orders()
    assert [item["qty_ordered"] for item in made["items"]] == [3, 1]
    assert shop.salable("MUG") == 7


def test_an_attempt_goes_on_with_the_cart_of_the_earlier_one(shop: Connected) -> None:
    answers = Unanswered(shop, "/shipping-information", status=500)
    (failed,) = shop.perform(MUGS)
    assert isinstance(failed, RetryableError)
    answers.restore()
    (created,) = shop.perform(MUGS)
    assert number_of(created)
    (cart,) = shop.shop.carts.values()
    assert [item["qty"] for item in cart.items] == [3]


def test_an_item_whose_answer_was_lost_is_not_added_again(shop: Connected) -> None:
    Unanswered(shop, "/items")
    (created,) = shop.perform(MUGS)
    number_of(created)
    assert [item["qty_ordered"] for order_ in shop.orders() for item in order_["items"]] == [3]


def test_a_placed_cart_whose_answers_are_all_lost_is_one_order_at_once(shop: Connected) -> None:
    Unanswered(shop, "/order")
    (created,) = shop.perform(MUGS)
    assert number_of(created) == "000000001"
    assert len(shop.orders()) == 1


def test_a_cart_with_other_contents_is_left(shop: Connected) -> None:
    answers = Unanswered(shop, "/shipping-information", status=500)
    shop.perform(MUGS)
    answers.restore()
    (created,) = shop.perform(order(creation(line("TEE", 1)), total=dollars("10.00")))
    number_of(created)
    assert [item["sku"] for order_ in shop.orders() for item in order_["items"]] == ["TEE"]


def test_a_cart_is_not_left_while_it_may_be_placed(shop: Connected) -> None:
    attempts = shop.gateway.creation.attempts
    answers = Unanswered(shop, "/shipping-information", status=500)
    shop.perform(MUGS)
    answers.restore()
    tee, attempt = order(creation(line("TEE", 1)), total=dollars("10.00")), attempts.latest(KEY)
    assert attempt
    attempts.begin_placing(KEY, attempt)
    (early,) = shop.perform(tee)
    assert isinstance(early, RetryableError)
    assert early.retry_after
    assert shop.orders() == []
    shop.time[0] += early.retry_after
    (late,) = shop.perform(tee)
    assert number_of(late)


def test_a_closed_cart_without_an_order_is_given_up_once_no_call_can_be_under_way(shop: Connected) -> None:
    answers = Unanswered(shop, "/shipping-information", status=500)
    shop.perform(MUGS)
    answers.restore()
    (cart,) = shop.shop.carts.values()
    cart.is_active = False  # by Commerce's own clearing, or with an order that somebody deleted
    for _ in range(2):
        (early,) = shop.perform(MUGS)
        assert isinstance(early, RetryableError)
        assert early.retry_after == pytest.approx(120)
    assert shop.orders() == []
    shop.time[0] += 121
    (created,) = shop.perform(MUGS)
    assert number_of(created)
    assert len(shop.orders()) == 1


@pytest.mark.parametrize("mode", [StockMode.CART, StockMode.REPAIR])
def test_a_last_look_at_an_order_waits_for_the_call_that_may_still_create_it(mode: StockMode) -> None:
    last = LookUpOrder(KEY, "default", (), (), {}, is_final=True)
    with connected(mode) as shop:
        (unknown,) = shop.perform(last)
        assert isinstance(unknown, OrderLookup)
        ending = "/order" if mode is StockMode.CART else "/V1/orders"
        Unanswered(shop, ending, status=500)
        shop.perform(MUGS)
        early, other = shop.perform(last, replace(last, is_final=False))
        assert isinstance(early, EarlierAttemptError)
        assert isinstance(other, OrderLookup)
        shop.time[0] += 121
        (late,) = shop.perform(last)
        assert isinstance(late, OrderLookup)
        assert late.commerce_order is None


def test_comments_of_an_order_are_written_once_though_the_answer_was_lost(shop: Connected) -> None:
    Unanswered(shop, "/rest/all/V1/orders")
    gift = Instruction("gift_wrap_level", "1", "blue", "Gift wrap: blue")
    (created,) = shop.perform(replace(MUGS, instructions=(gift,)))
    assert number_of(created)
    posts = [one for one in shop.server.targets if one == "POST /rest/all/V1/orders"]
    assert len(posts) == 1


@pytest.mark.parametrize("state", ["canceled", "holded", "complete"])
def test_an_order_that_people_have_ended_before_it_was_rewritten_keeps_its_state(shop: Connected, state: str) -> None:
    answers = Unanswered(shop, "/rest/all/V1/orders", status=500)
    shop.perform(MUGS)
    answers.restore()
    (made,) = shop.orders()
    {"canceled": orders.cancel, "holded": orders.hold, "complete": ended}[state](shop.shop, made["entity_id"])
    total = made["grand_total"]
    (created,) = shop.perform(MUGS)
    assert number_of(created)
    assert (made["state"], made["ext_order_id"], made["grand_total"]) == (state, KEY[1], total)


def ended(shop: RestShop, order_id: int) -> None:
    """Invoice and ship all of an order."""
    fulfilment.invoice(shop, None, order_id)
    fulfilment.ship(shop, None, order_id)


def test_a_cart_is_not_placed_when_another_process_has_kept_another_one_meanwhile(shop: Connected) -> None:
    attempts = shop.gateway.creation.attempts
    Unanswered(shop, "/shipping-information", status=500)
    shop.perform(MUGS)
    attempt = attempts.latest(KEY)
    assert attempt
    attempts.keep_cart(KEY, attempt._replace(cart_id=attempt.cart_id + 1), instead_of=attempt)
    with pytest.raises(EarlierAttemptError):
        attempts.begin_placing(KEY, attempt)


def test_an_order_is_untried_until_an_attempt_at_creating_it_was_begun(shop: Connected) -> None:
    look_up = LookUpOrder(KEY, "default", (), (), {})
    (before,) = shop.perform(look_up)
    Unanswered(shop, "/shipping-information", status=500)
    shop.perform(MUGS)
    (after,) = shop.perform(look_up)
    assert isinstance(before, OrderLookup)
    assert isinstance(after, OrderLookup)
    assert (before.is_untried, after.is_untried) == (True, False)


def test_an_attempt_that_was_begun_since_the_look_up_is_awaited(shop: Connected) -> None:
    answers = Unanswered(shop, "/shipping-information", status=500)
    shop.perform(MUGS)
    answers.restore()
    (early,) = shop.perform(replace(MUGS, is_untried=True))
    assert isinstance(early, EarlierAttemptError)
    assert shop.orders() == []
    (created,) = shop.perform(MUGS)
    assert number_of(created)
    assert len(shop.orders()) == 1


def test_a_cart_whose_placing_was_throttled_in_the_end_may_have_been_placed_by_an_earlier_try(shop: Connected) -> None:
    answers = Unanswered(shop, "/order", status=429)
    (throttled,) = shop.perform(MUGS)
    assert isinstance(throttled, ThrottledError)
    answers.restore()
    (early,) = shop.perform(order(creation(line("TEE", 1))))
    assert isinstance(early, RetryableError)
    assert shop.orders() == []
    (created,) = shop.perform(MUGS)
    assert number_of(created)


def test_a_second_attempt_without_cart_waits_until_the_first_is_over() -> None:
    with connected(StockMode.NONE) as shop, shop.gateway.creation.attempts.creating(KEY, 0):
        (early,) = shop.perform(MUGS)
        assert isinstance(early, RetryableError)
        assert early.retry_after
        assert not early.is_outage
        shop.time[0] += early.retry_after
        (late,) = shop.perform(MUGS)
        assert number_of(late)


def test_an_attempt_that_was_throttled_is_over_at_once() -> None:
    with connected(StockMode.NONE) as shop:
        shop.server.trouble = Trouble(throttled=1.0)
        with pytest.raises(ThrottledError), shop.gateway.creation.attempts.creating(KEY, 0):
            shop.gateway.client.create_cart("default", Purpose("create the order", KEY))
        shop.server.trouble = Trouble()
        (created,) = shop.perform(MUGS)
        assert number_of(created)


@pytest.mark.parametrize("ending", ["/items", "/shipping-information", "/order"])
def test_a_cart_that_another_call_has_locked_is_no_refusal(shop: Connected, ending: str) -> None:
    answer = shop.server.answer
    locked = HttpAnswer(400, b'{"message": "The cart is locked for processing. Please try again later."}')
    shop.server.answer = lambda request: (  # type: ignore[method-assign]
        locked if request.target.endswith(ending) else answer(request)
    )
    (failed,) = shop.perform(MUGS)
    assert isinstance(failed, RetryableError), failed
    shop.server.answer = answer  # type: ignore[method-assign]
    (created,) = shop.perform(MUGS)
    assert number_of(created) == "000000001"
    assert (len(shop.orders()), shop.salable("MUG")) == (1, 7)
