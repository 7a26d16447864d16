"""The load of every contender."""

from itertools import permutations

import pytest

from bench.latency import LAG, steady
from bench.load import BODY_BYTES, EVENTS_PER_ORDER, STORE, upstream_event
from events.envelope import decode
from handlers.decision import OrderContext
from handlers.table import HANDLERS
from schemas.message import Message
from schemas.order import Order
from schemas.status import ImportState, Status


@pytest.mark.parametrize("step", range(EVENTS_PER_ORDER))
def test_an_event_is_readable_and_has_1_kb(step: int) -> None:
    one = upstream_event(123_456_789, step)
    event = decode(Message("", "", one.body))
    assert len(one.body) == BODY_BYTES
    assert (event.name, event.id) == (one.name, one.id)


@pytest.mark.parametrize("steps", list(permutations(range(EVENTS_PER_ORDER))))
def test_each_event_has_one_follow_up_in_every_order_of_events(steps: tuple[int, ...]) -> None:
    order: Order | None = None
    for step in steps:
        event = decode(Message("", "", upstream_event(1, step).body))
        decision = HANDLERS[type(event.payload)].decide(OrderContext(STORE, order), event.payload, ())
        assert len(decision.follow_ups) == 1
        order = decision.order
    assert order is not None
    assert (order.status, order.import_state) == (Status.SHIPPED, ImportState.VIEW_ONLY)


def test_orders_have_ids_of_their_own() -> None:
    assert upstream_event(10**7, 0).order_id == "701-0000001-0000000"
    assert len({upstream_event(number, step).id for number in range(50) for step in range(EVENTS_PER_ORDER)}) == 150


def test_a_steady_stream_holds_every_event_once_and_those_of_an_order_well_apart() -> None:
    stream = list(steady(100))
    assert sorted(stream) == [(number, step) for number in range(100) for step in range(EVENTS_PER_ORDER)]
    assert all(stream.index((number, 1)) - stream.index((number, 0)) > LAG for number in range(100))
