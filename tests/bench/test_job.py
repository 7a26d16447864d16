"""The peers' job: the same rows and the same follow-ups as the product's."""

from collections.abc import Iterator

import psycopg
import pytest

from bench.growth import fill
from bench.job import CONSUMER_OF, handle_one
from bench.load import EVENTS_PER_ORDER, STORE, upstream_event
from gateways.simulator.gateways import SimulatedGateways
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.message import Message

# Instants of writing, row numbers and their sequences differ from one run to the next.
ROWS = {
    "orders": "SELECT to_jsonb(orders) FROM orders",
    "order_history": "SELECT to_jsonb(order_history) - 'id' - 'at' FROM order_history ORDER BY id",
    "inbox": "SELECT to_jsonb(inbox) - 'handled_at' - 'follow_ups' FROM inbox ORDER BY key",
    "vault": "SELECT to_jsonb(vault) FROM vault",
    "daily_sales_changes": "SELECT to_jsonb(daily_sales_changes) - 'id' FROM daily_sales_changes ORDER BY id",
    "listing_changes": "SELECT to_jsonb(listing_changes) - 'id' FROM listing_changes ORDER BY id",
}


@pytest.fixture
def ledger(migrated_database_url: str) -> Iterator[Ledger]:
    opened = Ledger.open(migrated_database_url, Cipher.of([bytes(32)]))
    with opened.begin() as work:
        work.stores.save(STORE)
    yield opened
    opened.close()


def _rows(url: str) -> dict[str, list[object]]:
    with psycopg.connect(url) as connection:
        return {table: [row[0] for row in connection.execute(query)] for table, query in ROWS.items()}


def _empty(url: str) -> None:
    with psycopg.connect(url) as connection:
        for table in ROWS:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - the names above


def test_a_peer_writes_and_publishes_the_same_as_the_product(ledger: Ledger, migrated_database_url: str) -> None:
    events = [upstream_event(7, step) for step in range(EVENTS_PER_ORDER)]
    ours = []
    for one in events:
        step = BatchProcessor(CONSUMER_OF[one.name], ledger, SimulatedGateways(ledger.documents), Deadlines())
        ours += step.take([Message(one.id, one.name, one.body, one.order_id)]).follow_ups
    rows = _rows(migrated_database_url)
    _empty(migrated_database_url)
    with psycopg.connect(migrated_database_url) as connection:
        theirs = [handle_one(connection, one.body) for one in events]
    assert _rows(migrated_database_url) == rows
    assert [_without_time(body) for body in theirs] == [_without_time(message.body) for message in ours]


def _without_time(body: bytes) -> bytes:
    before, _, after = body.partition(b'"time":"')
    return before + after.partition(b'"')[2]


def test_an_event_that_comes_twice_is_done_once_with_the_same_follow_ups(
    ledger: Ledger, migrated_database_url: str
) -> None:
    with psycopg.connect(migrated_database_url) as connection:
        first = handle_one(connection, upstream_event(1, 0).body)
        again = handle_one(connection, upstream_event(1, 0).body)
    assert again == first
    assert {table: len(rows) for table, rows in _rows(migrated_database_url).items()} == {
        "orders": 1,
        "order_history": 1,
        "inbox": 1,
        "vault": 0,
        "daily_sales_changes": 1,
        "listing_changes": 1,
    }


def test_a_ledger_is_filled_with_whole_orders_under_other_keys(ledger: Ledger, migrated_database_url: str) -> None:
    fill(migrated_database_url, 25)
    rows = _rows(migrated_database_url)
    assert {table: len(found) for table, found in rows.items()} == {
        "orders": 25,
        "order_history": 75,
        "inbox": 75,
        "vault": 0,
        "daily_sales_changes": 5,
        "listing_changes": 1,
    }
    with ledger.read() as work:
        orders = work.orders.load([(STORE.store_id, "702-0000000-0000025")], lock=False)
    assert [order.amazon_order_id for order in orders.values()] == ["702-0000000-0000025"]
