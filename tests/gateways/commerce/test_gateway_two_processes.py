"""Two processes perform the same requests at one instant, while answers are late or lost: one order, one of each."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from random import Random

import pytest

from gateways.commerce.creation import StockMode
from gateways.port import Result
from gateways.simulator.rest.control import drift_of
from gateways.simulator.serving import served
from gateways.simulator.traffic import HttpAnswer, HttpRequest
from schemas.errors import RetryableError
from schemas.gateway_requests import (
    Accepted,
    CancelCommerceOrder,
    CompleteOrder,
    CreateOrder,
    LookUpOrder,
    OrderCreated,
    OrderLookup,
)
from tests.gateways.commerce.shops import CheckedServer, Connected, connected_to, order, stocked
from tests.gateways.simulator.memory import MemoryDocumentStore
from tests.gateways.simulator.requests import KEY, creation, line

pytestmark = pytest.mark.slow

MUGS = order(creation(line("MUG", 3)))
LOOK_UP = LookUpOrder(KEY, "default", ("MUG",), (), {"MUG": 3})
MANNERS = [(StockMode.CART, None), (StockMode.MODULE, None), (StockMode.NONE, None), (StockMode.REPAIR, "A-1")]
"""The modes, and the order's number where Amazon's is taken."""

RETRY_AFTER = 30.0
TRIES = 20


@dataclass
class UnreliableServer(CheckedServer):
    """Delays some answers, and loses those of some changing calls."""

    random: Random = field(default_factory=Random)

    def answer(self, request: HttpRequest) -> HttpAnswer:
        is_lost = request.method != "GET" and self.random.random() < 0.15
        return super().answer(request)._replace(delay=self.random.choice([0.0, 0.0, 0.01, 0.05]), lost=is_lost)


class Clock:
    """A time that tries let pass, the same for both processes."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return time.time() + self.passed


@contextmanager
def two_processes(mode: StockMode, seed: int) -> Iterator[tuple[Connected, Connected, Clock]]:
    server, documents, clock = UnreliableServer(stocked(), random=Random(seed)), MemoryDocumentStore(), Clock()
    with ExitStack() as opened:
        url = opened.enter_context(served(server))
        one, other = (opened.enter_context(connected_to(server, url, mode, documents, clock)) for _ in range(2))
        yield one, other, clock


def ask(shop: Connected, request: CreateOrder | CompleteOrder | CancelCommerceOrder) -> Result:
    """Perform a request as the pipeline does: a creation is preceded by a look-up."""
    if isinstance(request, CreateOrder):
        (found,) = shop.perform(LOOK_UP)
        if not isinstance(found, OrderLookup):
            return found
        request = replace(request, is_found=found.commerce_order is not None, is_untried=found.is_untried)
    (result,) = shop.perform(request)
    return result


def at_once(
    shops: Sequence[Connected], clock: Clock, request: CreateOrder | CompleteOrder | CancelCommerceOrder
) -> list[Result]:
    """Have each process perform the request until it is no more to be retried, and return their last results."""

    def perform(shop: Connected) -> Result:
        for _ in range(TRIES):
            result = ask(shop, request)
            if not isinstance(result, RetryableError):
                break
            clock.passed += RETRY_AFTER
        return result

    with ThreadPoolExecutor(len(shops)) as threads:
        return list(threads.map(perform, shops))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("mode", "number"), MANNERS)
def test_requests_of_two_processes_at_one_instant_have_one_effect(
    mode: StockMode, number: str | None, seed: int
) -> None:
    with two_processes(mode, seed) as (one, other, clock):
        created = at_once([one, other], clock, replace(MUGS, number=number))
        numbers = {result.commerce_order.number for result in created if isinstance(result, OrderCreated)}
        assert len(numbers) == len(one.orders()) == 1, created
        (known,), (made,) = numbers, one.orders()
        is_completed = bool(seed % 2)
        ended = at_once([one, other], clock, (CompleteOrder if is_completed else CancelCommerceOrder)(KEY, known))
        assert all(isinstance(result, Accepted) for result in ended), ended
        assert made["state"] == ("complete" if is_completed else "canceled")
        assert len(one.shop.invoices) == len(one.shop.shipments) == (is_completed and mode is not StockMode.NONE)
        if mode in (StockMode.CART, StockMode.MODULE):
            assert drift_of(one.shop) == {}


@pytest.mark.parametrize(("mode", "number"), MANNERS)
def test_a_creation_that_is_performed_again_without_a_look_up_adopts_the_order(
    mode: StockMode, number: str | None
) -> None:
    with two_processes(mode, seed=0) as (one, other, clock):
        one.server.answer = super(UnreliableServer, one.server).answer  # type: ignore[method-assign, misc]
        request = replace(MUGS, number=number)
        (created,) = one.perform(request)
        clock.passed += RETRY_AFTER * TRIES
        (again,) = other.perform(request)
        assert isinstance(created, OrderCreated), created
        assert isinstance(again, OrderCreated), again
        assert (again.commerce_order, again.adopted) == (created.commerce_order, True)
        assert len(one.orders()) == 1
