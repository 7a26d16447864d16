"""Stores that change while consumers decide orders by their settings."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from handlers.decision import Decision, Handler, OrderContext
from ledger.orders.orders import Orders
from operations.context import Context
from operations.store_changes import AddedStore, add_store, change_store
from pipeline.deciding import DecidedBatch, decide_batch
from schemas.order import Order, OrderKey
from schemas.payloads import ImportRequested, Payload, ReservationRequested
from schemas.status import ImportState
from schemas.store import Store
from tests.builders import KEY, STORE_ID, a_report, a_store, placed, store_changes
from tests.harness import eventually, opened_parts
from tests.pipeline.test_processor import due_messages, message, order_of, who_waits
from workers.process.bootstrap import context_of
from workers.process.parts import Parts

CLOSED = a_store(import_orders=False)
RESERVING = a_store(inventory_management=False, reserve_quantity=True)


@pytest.fixture
def parts(migrated_database_url: str) -> Iterator[Parts]:
    """Parts on PostgreSQL, where several write at once."""
    with opened_parts("memory://", migrated_database_url) as opened:
        yield opened


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    """A thread beside the test's own."""
    with ThreadPoolExecutor(1) as threads:
        yield threads


def while_deciding(
    parts: Parts, consumer: str, database_url: str, begin: Callable[[], object]
) -> Callable[[Payload], object]:
    """Return a function that has a consumer take a message, and begins an act that must wait for its decision."""
    step = parts.processor(consumer)
    decide = step._handler.decide

    def decide_beside(known: OrderContext, event: Any, answers: Any) -> Decision:
        begin()
        eventually(lambda: bool(who_waits(database_url)), "the other waits")
        return decide(known, event, answers)

    step._handler = Handler(decide_beside)
    return lambda payload: step.take([message(payload)])


def context(parts: Parts) -> Context:
    """Return the context of operations beside the consumers."""
    return context_of(parts.settings, parts.ledger)


def change(parts: Parts, store: Store) -> Callable[[], Store]:
    """Return a call that gives the store these settings."""
    return lambda: change_store(context(parts), STORE_ID, store_changes(store), actor="ann")


@pytest.mark.parametrize(
    ("before", "after", "reported", "asked"),
    [
        (CLOSED, a_store(), a_report("Unshipped"), ImportRequested(**KEY)),
        (a_store(inventory_management=False), RESERVING, a_report("Pending"), ReservationRequested(**KEY)),
    ],
)
def test_an_order_that_is_recorded_while_its_store_changes_follows_the_change(
    parts: Parts,
    beside: ThreadPoolExecutor,
    migrated_database_url: str,
    before: Store,
    after: Store,
    reported: Payload,
    asked: Payload,
) -> None:
    change(parts, before)()
    changing: list[Future[Store]] = []
    take = while_deciding(
        parts, "status-changed", migrated_database_url, lambda: changing.append(beside.submit(change(parts, after)))
    )
    take(reported)
    changing[0].result()
    assert message(asked).name in [queued.name for queued in due_messages(parts.ledger)]


def test_a_store_that_is_added_while_its_event_is_deferred_lets_it_go_on(
    parts: Parts, beside: ThreadPoolExecutor, migrated_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    adding: list[Future[AddedStore]] = []

    def decide_beside(*decided: Any) -> DecidedBatch:
        adding.append(beside.submit(add_store, context(parts), "new", {}, actor="ann"))
        eventually(lambda: bool(who_waits(migrated_database_url)), "the other waits")
        return decide_batch(*decided)

    monkeypatch.setattr("pipeline.processor.decide_batch", decide_beside)
    parts.processor("order-placed").take([message(placed(store_id="new"))])
    assert adding[0].result().requeued == 1
    assert [due.name for due in due_messages(parts.ledger)] == ["order.placed"]


@pytest.mark.parametrize("taken", [0, 10], ids=["at first", "with a plan that is kept"])
def test_an_order_that_comes_while_its_store_changes_is_decided_by_the_new_settings(
    parts: Parts, beside: ThreadPoolExecutor, migrated_database_url: str, taken: int
) -> None:
    change(parts, CLOSED)()
    step = parts.processor("status-changed")
    for number in range(taken):
        step.take([message(a_report("Unshipped", amazon_order_id=f"123-1234567-{number:07}"))])
    with parts.ledger.begin() as work:
        work.stores.lock()
        work.stores.save(a_store())
        taking = beside.submit(step.take, [message(a_report("Unshipped"))])
        eventually(lambda: bool(who_waits(migrated_database_url)), "the consumer waits")
    taking.result()
    order = order_of(parts.ledger)
    assert order is not None
    assert order.import_state is ImportState.REQUESTED


def test_orders_are_recomputed_by_the_latest_change_of_their_store(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(parts, CLOSED)()
    parts.processor("status-changed").take([message(a_report("Unshipped"))])
    load, later = Orders.load, [change(parts, CLOSED)]

    def load_late(orders: Orders, keys: Collection[OrderKey], lock: bool) -> dict[OrderKey, Order]:
        if later:
            later.pop()()
        return load(orders, keys, lock)

    monkeypatch.setattr(Orders, "load", load_late)
    change(parts, a_store())()
    order = order_of(parts.ledger)
    assert order is not None
    assert order.import_state is ImportState.VIEW_ONLY
