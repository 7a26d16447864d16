"""The end of personal data stops at no single order, and takes no order that was reopened."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from ledger.ledger import Ledger
from ledger.tables.orders import orders
from operations.personal_data.destruction import destroy_overdue
from pipeline.processor import BatchProcessor
from schemas.order import OrderKey
from schemas.personal import Buyer
from schemas.settings import Settings
from tests.builders import STORE_ID, placed
from tests.letters import LaterClock
from tests.pipeline.test_processor import message
from workers.process.parts import Parts

IDS = [f"123-1234567-{number:07}" for number in range(5)]
KEYS: list[OrderKey] = [(STORE_ID, one) for one in IDS]


@pytest.fixture
def ledger(parts: Parts) -> Ledger:
    """The ledger, with five orders that were canceled 31 days ago."""
    consumer: BatchProcessor = parts.processor("order-placed")
    reports = [placed(amazon_order_id=one, buyer=Buyer(name="Test Buyer"), status="Canceled") for one in IDS]
    consumer.take([message(report) for report in reports])
    clock = LaterClock()
    clock.pass_time(days=31)
    parts.ledger._clock = clock
    return parts.ledger


def kept(ledger: Ledger) -> list[OrderKey]:
    """Return the orders of which the vault has something."""
    with ledger.read() as work:
        return sorted(work.vault.overdue(work.now + timedelta(days=1), 100))


def test_an_order_that_cannot_be_read_does_not_keep_its_buyers_data_nor_that_of_others(ledger: Ledger) -> None:
    with ledger._engine.begin() as connection:
        connection.execute(update(orders).where(orders.c.amazon_order_id == IDS[2]).values(document="broken"))
    assert sum(destroy_overdue(ledger, Settings(), 100)) == len(IDS)
    assert kept(ledger) == []
    with ledger.read() as work:
        readable = [key for key in KEYS if key[1] != IDS[2]]
        assert all(order.personal_data_destroyed_at for order in work.orders.load(readable, lock=False).values())


def test_all_pages_are_destroyed_and_only_once(ledger: Ledger) -> None:
    assert [count for count in destroy_overdue(ledger, Settings(), 2) if count] == [2, 2, 1]
    assert sum(destroy_overdue(ledger, Settings(), 2)) == 0


def test_an_order_that_was_reopened_keeps_its_data(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.vault.keep([KEYS[0]])
    assert sum(destroy_overdue(ledger, Settings(), 100)) == len(IDS) - 1
    assert kept(ledger) == [KEYS[0]]
