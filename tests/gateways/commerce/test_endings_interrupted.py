"""A completion whose answers are lost ends with one invoice and one shipment, whatever the order became meanwhile."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateways.commerce.creation import StockMode
from gateways.simulator.rest import fulfilment, orders
from gateways.simulator.traffic import HttpAnswer, HttpRequest
from schemas.gateway_requests import Accepted, CompleteOrder, CreateOrder, OrderCreated, RequestRefused
from tests.gateways.commerce.shops import Connected, connected, order
from tests.gateways.simulator.requests import KEY, creation, dollars, line

PRICED = order(creation(line("MUG", 3)))
FREE = order(creation(replace(line("MUG", 3), price=dollars("0.00"))), total=dollars("0.00"))
CALLS = ("/invoice", "/ship")


@pytest.fixture(params=[mode for mode in StockMode if mode is not StockMode.NONE])
def shop(request: pytest.FixtureRequest) -> Iterator[Connected]:
    with connected(request.param) as opened:
        yield opened


def created(shop: Connected, request: CreateOrder) -> CompleteOrder:
    """Create an order, and return the request to complete it."""
    (result,) = shop.perform(request)
    assert isinstance(result, OrderCreated), result
    return CompleteOrder(KEY, result.commerce_order.number)


def lose(shop: Connected, ending: str, times: int) -> None:
    """Lose the next answers of calls whose path ends so; the calls are carried out."""
    answer, left = shop.server.answer, [times]

    def answer_or_lose(request: HttpRequest) -> HttpAnswer:
        is_lost = request.target.endswith(ending) and left[0] > 0
        left[0] -= is_lost
        return answer(request)._replace(lost=is_lost)

    shop.server.answer = answer_or_lose  # type: ignore[method-assign]


@pytest.mark.parametrize("request_", [PRICED, FREE], ids=["priced", "free"])
@pytest.mark.parametrize("is_shipped", [False, True], ids=["not shipped", "shipped in the shop"])
@pytest.mark.parametrize("ending", CALLS)
@pytest.mark.parametrize("times", [1, 9], ids=["one answer lost", "all answers lost"])
def test_the_order_is_complete_although_answers_are_lost(
    shop: Connected, request_: CreateOrder, is_shipped: bool, ending: str, times: int
) -> None:
    completion = created(shop, request_)
    (made,) = shop.orders()
    if is_shipped:
        fulfilment.ship(shop.shop, None, made["entity_id"])
    lose(shop, ending, times)
    results = [shop.perform(completion)[0] for _ in range(3)]
    assert isinstance(results[-1], Accepted), results
    assert not any(isinstance(result, RequestRefused) for result in results)
    assert (len(shop.shop.invoices), len(shop.shop.shipments)) == (1, 1)
    assert made["state"] in ("complete", "closed")


def test_a_refused_invoice_of_an_order_that_is_open_is_a_refusal_with_commerces_words(shop: Connected) -> None:
    completion = created(shop, PRICED)
    (made,) = shop.orders()
    orders.hold(shop.shop, made["entity_id"])
    (refused,) = shop.perform(completion)
    assert isinstance(refused, RequestRefused)
    assert "has a status of holded" in refused.reason
    orders.unhold(shop.shop, made["entity_id"])
    (completed,) = shop.perform(completion)
    assert isinstance(completed, Accepted)


def test_an_error_that_only_commerces_log_explains_is_tried_again_and_refused_after_three(shop: Connected) -> None:
    completion, answer = created(shop, PRICED), shop.server.answer
    logged = HttpAnswer(400, b'{"message": "Could not save an invoice, see error log for details"}')
    shop.server.answer = lambda request: (  # type: ignore[method-assign]
        logged if request.target.endswith("/invoice") else answer(request)
    )
    failed = [shop.perform(completion)[0] for _ in range(3)]
    assert [type(result).__name__ for result in failed] == ["CallFailedError", "CallFailedError", "RequestRefused"]
    shop.server.answer = answer  # type: ignore[method-assign]
    assert isinstance(shop.perform(completion)[0], Accepted)
