"""Acts in Commerce that are interrupted after each of their calls, and the events that may come before the next try.

The table is walked on the served shop with the real handlers and the real gateway. Whatever is interrupted, and what
comes then, the books of the shop have one order or none, no more and no less reserved than open orders account for,
nothing open that Amazon has canceled, and Amazon's id, amounts and the present address in an order to be shipped.
"""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from gateways.commerce.creation import StockMode
from schemas.order import CommerceState
from schemas.store import OrderNumberSource
from tests.builders import a_store
from tests.gateways.commerce.interruptions import (
    EVENTS,
    Shop,
    cancel_created,
    check,
    complete,
    complete_shipped,
    create,
    finish,
    interrupted,
)
from tests.gateways.commerce.shops import Connected, connected


@pytest.fixture(scope="module")
def with_module() -> Iterator[Connected]:
    with connected(StockMode.MODULE) as shop:
        yield shop


@pytest.fixture(scope="module")
def served() -> Iterator[Connected]:
    with connected() as shop:
        yield shop


@pytest.mark.parametrize("number", OrderNumberSource)
@pytest.mark.parametrize("event", EVENTS)
def test_a_creation_without_cart_that_is_interrupted_is_one_order_at_most_whatever_comes_then(
    event: Callable[[Shop], None], number: OrderNumberSource
) -> None:
    with connected(StockMode.REPAIR) as served:
        for calls in (0, 1):
            shop = interrupted(served, create, calls, a_store(order_number_source=number))
            assert not shop.calls_left
            event(shop)
            shop.deliver_again()
            check(shop, stock=False)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("act", [create, finish, cancel_created, complete, complete_shipped])
def test_an_act_that_is_interrupted_after_any_call_leaves_right_books_whatever_comes_then(
    served: Connected, act: Callable[[Shop], None], event: Callable[[Shop], None]
) -> None:
    assert_right_after_any_call(served, act, event, OrderNumberSource.COMMERCE)


@pytest.mark.parametrize("number", OrderNumberSource)
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("act", [create, cancel_created, complete])
def test_an_act_on_an_order_of_the_shops_module_leaves_right_books_as_well(
    with_module: Connected, act: Callable[[Shop], None], event: Callable[[Shop], None], number: OrderNumberSource
) -> None:
    assert_right_after_any_call(with_module, act, event, number)


@pytest.mark.parametrize("act", [create, cancel_created, complete, complete_shipped])
def test_an_act_that_loses_the_answer_of_any_call_comes_to_its_end(
    served: Connected, act: Callable[[Shop], None]
) -> None:
    ends: dict[Callable[[Shop], None], CommerceState] = {
        create: CommerceState.OPEN,
        cancel_created: CommerceState.CANCELED,
    }
    for calls in count(1):
        shop = interrupted(served, act, calls, goes_on=True)
        if shop.calls_left:
            break
        shop.deliver_again()
        check(shop)
        known = shop.order().commerce_order
        assert known
        assert known.state is ends.get(act, CommerceState.COMPLETE), shop.rejections


def assert_right_after_any_call(
    served: Connected, act: Callable[[Shop], None], event: Callable[[Shop], None], number: OrderNumberSource
) -> None:
    calls = 0
    while True:
        calls += 1
        shop = interrupted(served, act, calls, a_store(order_number_source=number))
        if shop.calls_left:
            break  # the act is over before so many calls
        event(shop)
        shop.deliver_again()
        check(shop)
    assert calls > 1
