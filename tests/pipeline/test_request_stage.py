"""The request stage: an event leaves it with its answers, and holds up only the events of its own order."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from threading import Event, Timer
from typing import Any

import pytest

from gateways.port import Gateways, Result
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.errors import RetryableError
from schemas.gateway_requests import CreateOrder, Request
from schemas.history import InboxState
from schemas.message import Message
from schemas.order import Order
from schemas.payloads import ImportRequested
from schemas.product import Product
from tests.builders import KEY, a_report
from tests.pipeline.test_processor import message, simulated, state_of
from workers.consumer import Consumer
from workers.process.parts import Parts

SLOW, QUICK = "123-1234567-0000001", "123-1234567-0000002"


class SlowGateways:
    """Gateways that answer the creation of the slow orders when a test lets them."""

    def __init__(self, gateways: Gateways) -> None:
        self._gateways = gateways
        self.slow = {SLOW}
        self.held: list[tuple[Request, Future[Result]]] = []

    def start(self, requests: Sequence[Request]) -> list[Result | Future[Result]]:
        return [self._start(request) for request in requests]

    def perform(self, requests: Sequence[Request]) -> list[Result]:
        return self._gateways.perform(requests)

    def _start(self, request: Request) -> Result | Future[Result]:
        if not isinstance(request, CreateOrder) or request.key[1] not in self.slow:
            return self._gateways.perform([request])[0]
        future: Future[Result] = Future()
        self.held.append((request, future))
        return future

    def answer(self) -> None:
        """Carry out the oldest request that is held."""
        request, future = self.held.pop(0)
        future.set_result(self._gateways.perform([request])[0])


@pytest.fixture
def outside(parts: Parts) -> SlowGateways:
    return SlowGateways(parts.gateways)


@pytest.fixture
def importer(parts: Parts, outside: SlowGateways) -> Iterator[Consumer]:
    """An importer, and two orders that it can create."""
    simulated(parts).commerce.catalog.save([Product(sku="SKU-1", name="Thing", quantity=9)])
    reports = [message(a_report("Unshipped", amazon_order_id=order_id)) for order_id in (SLOW, QUICK)]
    parts.processor("status-changed").take(reports)
    consumer = Consumer(BatchProcessor("importer", parts.ledger, outside, Deadlines()), parts.bus, 100, 300)
    yield consumer
    consumer.close()


def request(order_id: str) -> Message:
    return message(ImportRequested(**{**KEY, "amazon_order_id": order_id}))


def turn(consumer: Consumer, within: float = 0.0) -> None:
    consumer.turn(Event(), within)
    consumer.turn(Event())


def order_of(parts: Parts, order_id: str) -> Order:
    key = (KEY["store_id"], order_id)
    with parts.ledger.read() as work:
        return work.orders.load([key], lock=False)[key]


def number_of(parts: Parts, order_id: str) -> str | None:
    order = order_of(parts, order_id)
    return order.commerce_order.number if order.commerce_order else None


def test_an_event_with_its_answers_passes_one_that_waits(
    parts: Parts, outside: SlowGateways, importer: Consumer
) -> None:
    slow, quick = request(SLOW), request(QUICK)
    parts.bus.publish([slow, quick]).wait(1.0)
    turn(importer)
    assert (number_of(parts, SLOW), number_of(parts, QUICK)) == (None, "000000001")
    outside.answer()
    turn(importer)
    assert number_of(parts, SLOW) == "000000002"
    importer.close()
    assert parts.bus.message_count("importer") == 0


def test_an_event_that_waits_is_not_acknowledged(parts: Parts, importer: Consumer) -> None:
    parts.bus.publish([request(SLOW), request(QUICK)]).wait(1.0)
    turn(importer)
    importer.close()
    assert parts.bus.message_count("importer") == 1


class Meanwhile(Event):
    """A stop event that carries *act* out while it is awaited."""

    def __init__(self, act: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self._act = act
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        self._act()
        return False


def test_messages_that_come_while_an_answer_is_awaited_gather_to_a_batch(
    parts: Parts, outside: SlowGateways, importer: Consumer
) -> None:
    parts.bus.publish([request(SLOW)]).wait(1.0)
    turn(importer)
    assert outside.held
    parts.bus.publish([request(QUICK)]).wait(1.0)
    assert importer.turn(Meanwhile(lambda: parts.bus.publish([request("123-1234567-0000003")]).wait(1.0))) == 2


def test_an_order_alone_does_not_wait_for_others(parts: Parts, outside: SlowGateways, importer: Consumer) -> None:
    parts.bus.publish([request(SLOW)]).wait(1.0)
    alone = Meanwhile()
    importer.turn(alone)
    outside.answer()
    importer.turn(alone)
    assert (number_of(parts, SLOW), alone.waits) == ("000000001", [])


def test_the_more_answers_are_awaited_the_longer_messages_gather(
    parts: Parts, outside: SlowGateways, importer: Consumer
) -> None:
    many = [f"123-1234567-1{number:06}" for number in range(30)]
    outside.slow |= set(many)
    parts.processor("status-changed").take([message(a_report("Unshipped", amazon_order_id=one)) for one in many])
    gathering = Meanwhile()
    for sent in ([request(SLOW)], [request(one) for one in many], [request(QUICK)]):
        parts.bus.publish(sent).wait(1.0)
        importer.turn(gathering)
    after_one, after_all = gathering.waits
    assert after_one is not None
    assert after_all is not None
    assert after_one < after_all < 1.0


def test_an_answer_wakes_the_consumer(parts: Parts, outside: SlowGateways, importer: Consumer) -> None:
    parts.bus.publish([request(SLOW)]).wait(1.0)
    turn(importer)
    Timer(0.05, outside.answer).start()
    turn(importer, within=60.0)
    assert number_of(parts, SLOW)


def test_of_one_order_one_event_asks_at_a_time(parts: Parts, outside: SlowGateways, importer: Consumer) -> None:
    first, second = request(SLOW), request(SLOW)
    for sent in (first, second):
        parts.bus.publish([sent]).wait(1.0)
        turn(importer)
    assert len(outside.held) == 1
    outside.answer()
    turn(importer)
    assert outside.held == []
    assert [state_of(parts.ledger, "importer", sent) for sent in (first, second)] == [InboxState.DONE] * 2


def test_an_event_whose_order_changed_while_it_waited_asks_again(
    parts: Parts, outside: SlowGateways, importer: Consumer
) -> None:
    parts.bus.publish([request(SLOW)]).wait(1.0)
    turn(importer)
    report = a_report("Unshipped", minutes=9, amazon_order_id=SLOW, ship_service_level="Expedited")
    parts.processor("status-changed").take([message(report)])
    outside.answer()
    turn(importer)
    assert number_of(parts, SLOW) == "000000001"
    importer.close()
    assert parts.bus.message_count("importer") == 0


@pytest.mark.parametrize(
    ("error", "state"), [(RetryableError("Commerce is away."), None), (ValueError("a fault"), InboxState.FAILED)]
)
def test_a_failure_defers_its_event_and_a_fault_dead_letters_it(
    parts: Parts, outside: SlowGateways, importer: Consumer, error: Any, state: InboxState | None
) -> None:
    sent = request(SLOW)
    parts.bus.publish([sent, request(QUICK)]).wait(1.0)
    turn(importer)
    _, future = outside.held.pop()
    if isinstance(error, RetryableError):
        future.set_result(error)
    else:
        future.set_exception(error)
    turn(importer)
    assert state_of(parts.ledger, "importer", sent) is state
