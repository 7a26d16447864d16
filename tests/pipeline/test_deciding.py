"""Deciding a batch: each event sees the decisions before it, and the state that was looked up stays as it is."""

from events.envelope import decode
from handlers.table import HANDLERS
from pipeline.deciding import changes_of, decide_batch
from pipeline.external_requests import Answers
from pipeline.lookup import BatchState
from schemas.payloads import StatusChanged
from schemas.status import Status
from tests.builders import HOME, a_report, changed
from tests.pipeline.test_processor import message

HANDLER = HANDLERS[StatusChanged]


def a_state() -> BatchState:
    """A batch of two reports of an unrecorded order, the first with an address."""
    reports = (a_report("Unshipped", shipping_address=HOME), changed("Shipped", minutes=5))
    return BatchState(stores={}, orders={}, events=[decode(message(report)) for report in reports])


def test_the_second_event_is_decided_on_the_outcome_of_the_first() -> None:
    first, second = decide_batch(HANDLER, a_state(), Answers()).events
    assert (first.before, second.before) == (None, first.decision.order)
    assert second.decision.order is not None
    assert second.decision.order.status is Status.SHIPPED


def test_the_state_that_was_looked_up_is_not_changed() -> None:
    state = a_state()
    decide_batch(HANDLER, state, Answers())
    assert (state.orders, state.personal) == ({}, {})


def test_an_order_that_is_decided_twice_is_written_once_with_the_next_version() -> None:
    (change,) = changes_of(decide_batch(HANDLER, a_state(), Answers())).values()
    assert (change.stored, change.after.version, change.after.status) == (None, 1, Status.SHIPPED)
