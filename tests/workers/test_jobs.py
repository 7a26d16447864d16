"""The scheduler's jobs: each publishes its events once, for any number of rows and of runs."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from events.registry import CONSUMERS
from handlers import ship_order
from handlers.rules.blockers import product_missing
from handlers.rules.order_state import derive
from ledger.batches import BatchRecord
from ledger.ledger import Ledger
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.dead_letters import DeadLetterType
from schemas.message import Message
from schemas.order import Order
from schemas.settings import Settings
from schemas.status import Status
from tests.builders import a_report, a_store, an_imported_order, an_order, order_context, placed, shipped
from tests.harness import Pipeline, event_of, message_of
from tests.pipeline.test_processor import due_messages, letters_of, message, order_of
from workers import jobs
from workers.jobs import apply_retention, complete_shipped, expire_early, retry_blocked
from workers.process.parts import Parts

NOW = datetime.now(UTC)
SETTINGS = Settings()
MANY = 25


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few orders fill several pages."""
    monkeypatch.setattr(jobs, "PAGE", 10)


def numbered(order: Order, number: int) -> Order:
    return order.model_copy(update={"amazon_order_id": f"123-1234567-{number:07}", "version": 1})


def save(ledger: Ledger, orders: Iterable[Order], pending_since: datetime | None = None) -> None:
    saved = list(orders)
    with ledger.begin() as work:
        work.record("", BatchRecord(saved, {order.key: pending_since for order in saved} if pending_since else {}))


def blocked_order(number: int) -> Order:
    with_cause = an_order("Unshipped", blockers=an_order_blocked().blockers)
    return numbered(with_cause, number)


def an_order_blocked() -> Order:
    """An order whose product is missing, as the importer leaves it."""
    order = an_order("Unshipped")
    return derive(order.model_copy(update={"blockers": (product_missing(order, order.lines[0], None),)}), a_store())


def a_shipped_order(number: int = 1) -> Order:
    order = ship_order.decide(order_context(an_imported_order()), shipped()).order
    assert order is not None
    assert order.completable
    return numbered(order, number)


def test_every_shipped_order_is_asked_to_be_completed_on_all_pages(ledger: Ledger) -> None:
    save(ledger, [a_shipped_order(number) for number in range(MANY)])
    assert sum(complete_shipped(ledger, SETTINGS, NOW)) == MANY
    asked = due_messages(ledger)
    assert len({one.order_id for one in asked}) == MANY
    assert {one.name for one in asked} == {"completion.requested"}


def test_a_completion_is_requested_once_however_often_the_scheduler_runs(ledger: Ledger) -> None:
    save(ledger, [a_shipped_order()])
    runs = [sum(complete_shipped(ledger, SETTINGS, NOW + timedelta(minutes=minute))) for minute in range(3)]
    assert runs == [1, 0, 0]


def test_a_completion_that_commerce_refuses_is_one_dead_letter(pipeline: Pipeline) -> None:
    save(pipeline.ledger, [a_shipped_order()])  # Commerce does not know the order
    for minute in range(3):
        pipeline.run_jobs(complete_shipped, after=timedelta(minutes=minute))
    (letter,) = pipeline.letters()
    assert (letter.letter_type, letter.consumer, letter.attempts) == (DeadLetterType.FAILED, "completer", 1)


def test_every_blocked_order_is_asked_for_at_the_rate_that_is_set(ledger: Ledger) -> None:
    save(ledger, [blocked_order(number) for number in range(MANY)])
    assert sum(retry_blocked(ledger, Settings(sync_rate=0.01), NOW)) == MANY
    assert len(due_messages(ledger)) == 1
    with ledger.read() as work:
        due = work._tx.connection.exec_driver_sql("SELECT count(DISTINCT due_at) FROM outbox").scalar()
    assert due == MANY


def test_blocked_orders_of_one_second_are_asked_for_together(ledger: Ledger) -> None:
    save(ledger, [blocked_order(number) for number in range(MANY)])
    assert sum(retry_blocked(ledger, Settings(sync_rate=5), NOW)) == MANY
    with ledger.read() as work:
        due = work._tx.connection.exec_driver_sql("SELECT count(DISTINCT due_at) FROM outbox").scalar()
    assert due == MANY / 5


def test_a_blocked_order_that_was_not_tried_since_is_not_asked_for_again(ledger: Ledger) -> None:
    save(ledger, [blocked_order(1)])
    assert [sum(retry_blocked(ledger, SETTINGS, NOW + timedelta(minutes=5 * run))) for run in range(3)] == [1, 0, 0]


def test_events_whose_order_never_came_are_blocked_on_all_pages(parts: Parts, ledger: Ledger) -> None:
    step = BatchProcessor("commerce-shipped", ledger, parts.gateways, Deadlines(early=timedelta(0)))
    orders = [f"123-1234567-{number:07}" for number in range(MANY)]
    step.take([message(shipped(amazon_order_id=order)) for order in orders])
    assert sum(expire_early(ledger, SETTINGS, NOW)) == MANY
    assert sum(expire_early(ledger, SETTINGS, NOW)) == 0
    letters = letters_of(ledger)
    assert len(letters) == MANY
    assert {cause.kind for letter in letters for cause in letter.causes} == {"never_placed"}


def test_an_event_that_may_still_wait_is_not_blocked(parts: Parts, ledger: Ledger) -> None:
    parts.processor("commerce-shipped").take([message(shipped())])
    assert sum(expire_early(ledger, SETTINGS, NOW)) == 0


def test_personal_data_is_destroyed_when_its_time_is_over(parts: Parts, ledger: Ledger) -> None:
    step = BatchProcessor("status-changed", ledger, parts.gateways, Deadlines(personal_data=timedelta(0)))
    step.take([message(a_report("Shipped"))])
    order = order_of(ledger)
    assert order is not None
    assert order.status is Status.SHIPPED
    assert sum(apply_retention(ledger, SETTINGS, NOW)) == 1
    with ledger.read() as work:
        assert work.vault.load([order.key]) == {}
    after = order_of(ledger)
    assert after is not None
    assert after.personal_data_destroyed_at is not None
    destroyed = {"personal_data_destroyed_at", "version"}
    assert after.model_dump(exclude=destroyed) == order.model_dump(exclude=destroyed)


def test_rows_of_messages_handled_long_ago_are_purged_and_open_ones_are_kept(parts: Parts, ledger: Ledger) -> None:
    parts.processor("order-placed").take([message(placed()), message_without_items()])
    parts.processor("commerce-shipped").take([message(shipped(amazon_order_id="123-1234567-0000009"))])
    assert sum(apply_retention(ledger, SETTINGS, datetime.now(UTC) + timedelta(days=91))) == 1
    with ledger.read() as work:
        assert len(work.deliveries.audit(CONSUMERS).handled) == 2
    assert len(letters_of(ledger)) == 1


def message_without_items() -> Message:
    event = event_of(placed())
    return message_of(event | {"data": event["data"] | {"items": []}}, "order.placed")
