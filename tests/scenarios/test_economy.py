"""The shape that makes it fast: the number of round trips to PostgreSQL that a batch takes does not grow with it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event

from gateways.simulator.gateways import SimulatedGateways
from ledger.sql import prepared
from ledger.sql.pipeline import PreparedCall, execute, execute_async
from pipeline.publishers import NOBODY, PublisherList
from schemas.message import Message
from schemas.payloads import CatalogChanged, ImportRequested, Payload
from schemas.product import Product
from schemas.store import Store
from tests.builders import STORE_ID, a_report, an_item, changed, placed, shipped
from tests.harness import event_of, message_of, opened_parts
from workers.process.parts import Parts

SIZES = (1, 10, 100)

TRIPS = {
    "order-placed": 2,  # begin and look-up; write and commit
    "status-changed": 4,  # begin and look-up; the vault read; the vault written; write and commit
    "commerce-shipped": 3,  # begin and look-up; the vault's expiry; write and commit
    "importer": 22,  # before it asks and after; the books of the simulated Commerce are among them
}
"""How many round trips a batch takes."""


@pytest.fixture
def parts(migrated_database_url: str) -> Iterator[Parts]:
    """Steps on PostgreSQL."""
    with opened_parts("memory://", migrated_database_url) as opened:
        yield opened


def about(numbers: Sequence[int]) -> dict[str, list[Payload]]:
    """Return, by consumer, an event about each of so many orders, in the order in which they are published."""
    keys: list[dict[str, Any]] = [{"amazon_order_id": f"123-1234567-{number:07}"} for number in numbers]
    return {
        "order-placed": [placed(**key, items=[an_item()]) for key in keys],
        "status-changed": [a_report(**key, order_total={"currency": "USD", "amount": "10.00"}) for key in keys],
        "importer": [ImportRequested(store_id=STORE_ID, **key) for key in keys],
        "commerce-shipped": [shipped(**key) for key in keys],
    }


def messages(payloads: Sequence[Payload]) -> list[Message]:
    """Write them as upstream systems do."""
    events = [event_of(payload) for payload in payloads]
    return [message_of(one, one["type"]) for one in events]


@contextmanager
def counted() -> Iterator[list[str]]:
    """Note each round trip: of statements by SQLAlchemy, of those that go straight to psycopg, of commits alone."""
    noted: list[str] = []

    def noting(trip: Callable[..., Any]) -> Callable[..., Any]:
        def note(driver: psycopg.Connection[Any], call: PreparedCall, *ends: Any, **commit: bool) -> Any:
            noted.append(f"{call.name.decode()} {ends} {commit}")
            return trip(driver, call, *ends, **commit)

        return note

    def note_statement(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        noted.extend([statement] if in_transaction(connection) else ["BEGIN", statement])

    def note_commit(connection: Connection) -> None:
        noted.extend(["COMMIT"] if in_transaction(connection) else [])

    seams: dict[str, Callable[..., None]] = {"before_cursor_execute": note_statement, "commit": note_commit}
    for name, note in seams.items():
        event.listen(Engine, name, note)
    try:
        with patch.multiple(prepared, execute=noting(execute), execute_async=noting(execute_async)):
            yield noted
    finally:
        for name, note in seams.items():
            event.remove(Engine, name, note)


def in_transaction(connection: Connection) -> bool:
    """Whether the server has begun a transaction and not ended it."""
    driver: Any = connection.connection.driver_connection
    return bool(driver.pgconn.transaction_status != TransactionStatus.IDLE)


@pytest.mark.postgres
@pytest.mark.parametrize("consumer", TRIPS)
def test_the_round_trips_of_a_batch_do_not_grow_with_it(
    parts: Parts, consumer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(parts.gateways, SimulatedGateways)
    with parts.ledger.begin() as work:
        work.stores.save(Store(store_id=STORE_ID, name="Test"))
    parts.gateways.commerce.catalog.save([Product(sku="SKU-1", name="One", quantity=10**6)])
    taken = {}
    processor = parts.processor(consumer)
    # Read once in a while, independent of the batches: that a batch does it here would be chance.
    monkeypatch.setattr(PublisherList, "current", lambda *_: NOBODY)
    for place, size in enumerate(SIZES):
        by_consumer = about(range(1000 * place, 1000 * place + size))
        for before in by_consumer:
            batch = messages(by_consumer[before])
            if before == consumer:
                with counted() as noted:
                    processor.take(batch)
                taken[size] = noted
                break
            parts.processor(before).take(batch)
    lengths = {size: len(trips) for size, trips in taken.items()}
    assert lengths == dict.fromkeys(SIZES, TRIPS[consumer]), taken[1]


@pytest.mark.postgres
def test_the_round_trips_of_letters_of_parcels_do_not_grow_with_them(parts: Parts) -> None:
    taken: dict[str, set[int]] = {"set aside": set(), "settled": set()}
    for place, size in enumerate(SIZES):
        ids = [f"123-1234567-{1000 * place + number:07}" for number in range(size)]
        items = (an_item(), an_item(9))
        parts.processor("order-placed").take(messages([placed(amazon_order_id=one) for one in ids]))
        with counted() as aside:
            parts.processor("commerce-shipped").take(
                messages([shipped(amazon_order_id=one, items={"item-9": 1}) for one in ids])
            )
        with counted() as settled:
            parts.processor("status-changed").take(messages([changed(amazon_order_id=one, items=items) for one in ids]))
        taken["set aside"].add(len(aside))
        taken["settled"].add(len(settled))
    assert {what: len(trips) for what, trips in taken.items()} == {"set aside": 1, "settled": 1}, taken


@pytest.mark.postgres
def test_the_round_trips_of_changes_of_the_catalog_do_not_grow_with_them(parts: Parts) -> None:
    taken = set()
    for place, size in enumerate(SIZES):
        names = [f"SKU-{1000 * place + number}" for number in range(size)]
        orders = [
            a_report(amazon_order_id=f"123-1234567-{1000 * place + number:07}", items=(an_item(seller_sku=name),))
            for number, name in enumerate(names)
        ]
        parts.processor("status-changed").take(messages(orders))
        asked = [ImportRequested(store_id=STORE_ID, amazon_order_id=order.amazon_order_id) for order in orders]
        parts.processor("importer").take(messages(asked))
        with counted() as noted:
            parts.processor("catalog-changed").take(messages([CatalogChanged(sku=name) for name in names]))
        taken.add(len(noted))
        with parts.ledger.begin() as work:
            assert len(work.outbox.claim_due(1000, timedelta(minutes=1))) == size
    assert len(taken) == 1, taken
