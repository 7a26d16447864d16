"""Events of stores that nobody has added: they wait, and go on when their store is added."""

import pytest

from operations.store_changes import add_store
from operations.stores import list_stores
from operations.unknown_stores import list_unknown_stores, message_to_staff
from schemas.dead_letters import DeadLetterType
from schemas.order import Order
from schemas.payloads import CatalogChanged, Payload
from schemas.status import Status
from tests.builders import ORDER_ID, STORE_ID, a_report, placed, shipped
from tests.harness import Pipeline, opened_parts
from tests.letters import LaterClock
from workers.jobs import expire_early
from workers.process.parts import Parts
from workers.resender import resend_unanswered

NEW = "new-store"


def waiting(pipeline: Pipeline) -> dict[str, int]:
    """Return the number of waiting events by unknown store."""
    return {store.store_id: store.events for store in list_unknown_stores(pipeline.context, 10).stores}


@pytest.mark.databases("sqlite", "postgresql")
def test_events_of_an_unknown_store_wait_and_go_on_when_it_is_added(pipeline: Pipeline) -> None:
    pipeline.handle(placed(store_id=NEW), a_report("Unshipped", store_id=NEW), placed())
    assert waiting(pipeline) == {NEW: 2}
    assert [order.key for order in _orders(pipeline)] == [(STORE_ID, ORDER_ID)]
    assert [store.store_id for store in list_stores(pipeline.context)] == [STORE_ID]
    added = add_store(pipeline.context, NEW, {}, actor="ann")
    pipeline.drain()
    assert (added.requeued, waiting(pipeline)) == (2, {})
    assert pipeline.letters() == []
    assert {order.store_id: order.status for order in _orders(pipeline)} == {
        NEW: Status.UNSHIPPED,
        STORE_ID: Status.PENDING,
    }


def _orders(pipeline: Pipeline) -> list[Order]:
    with pipeline.ledger.read() as work:
        return work.order_lists.page().rows


@pytest.mark.parametrize(
    "event",
    [placed(store_id=NEW), a_report("Shipped", store_id=NEW), shipped(store_id=NEW)],
    ids=["order.placed", "order.status_changed", "commerce.shipped"],
)
def test_events_of_every_type_wait_for_their_unknown_store(pipeline: Pipeline, event: Payload) -> None:
    pipeline.handle(event, event, CatalogChanged(sku="SKU-1"))
    assert (waiting(pipeline), pipeline.letters()) == ({NEW: 2}, [])


def test_where_events_may_add_stores_the_first_event_does(url: str) -> None:
    with opened_parts("memory://", url, stores_by_events=True) as parts:
        pipeline = Pipeline(parts)
        pipeline.handle(placed(store_id=NEW))
        assert [store.store_id for store in list_stores(pipeline.context)] == [NEW, STORE_ID]
        assert waiting(pipeline) == {}
        pipeline.close()


def test_events_whose_store_is_not_added_in_time_become_dead_letters_with_the_reason(
    pipeline: Pipeline, clock: LaterClock
) -> None:
    pipeline.handle(placed(store_id=NEW))
    clock.pass_time(days=6)
    pipeline.run_jobs(expire_early)
    assert pipeline.letters() == []
    clock.pass_time(days=2)
    pipeline.run_jobs(expire_early)
    (letter,) = pipeline.letters()
    assert (letter.letter_type, letter.store_id, letter.causes) == (DeadLetterType.FAILED, NEW, ())
    assert f"the store {NEW}, which nobody added in time" in letter.reason
    assert waiting(pipeline) == {}


def test_the_scheduler_requeues_what_an_interrupted_command_left(pipeline: Pipeline, parts: Parts) -> None:
    pipeline.handle(placed(store_id=NEW))
    with parts.ledger.begin() as work:
        work.stores.add_missing([NEW])
    pipeline.run_jobs(resend_unanswered)
    assert {order.store_id for order in _orders(pipeline)} == {NEW}


def test_invented_stores_are_counted_and_the_message_to_staff_stays_short(pipeline: Pipeline) -> None:
    pipeline.handle(*(placed(store_id=f"{'x' * 190}{number}") for number in range(50)), placed(store_id="x"))
    unknown = list_unknown_stores(pipeline.context, 3)
    assert (len(unknown.stores), unknown.count, unknown.events) == (3, 51, 51)
    with pipeline.ledger.read() as work:
        message = message_to_staff(work) or ""
    assert message.startswith("51 events wait for 51 stores that nobody has added: x, ")
    assert message.endswith(", and 48 more.")
    assert len(message) < 600
