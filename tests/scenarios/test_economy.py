"""The shape that makes it fast: the number of statements that a batch takes does not grow with it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, event

from gateways.simulated import SimulatedGateways
from gateways.simulator.catalog import Product
from ledger.prepared import Prepared
from schemas.message import Message
from schemas.payloads import ImportRequested, Payload
from schemas.store import Store
from tests.builders import STORE_ID, a_report, an_item, placed, shipped
from tests.pipeline import event_of, message_of, opened_parts
from workers.assembly import Parts

SIZES = (1, 10, 100)

STATEMENTS = {
    "order-placed": 4,  # begin, what is known, write, commit
    "status-changed": 6,  # begin, what is known, the vault read, write, the vault written, commit
    "commerce-shipped": 5,  # begin, what is known, write, the vault's expiry, commit
    "importer": 16,  # before it asks and after: begin, what is known, the vault, the matches, the wake-ups, commit
}
"""How many statements a batch takes on PostgreSQL, with begin and commit."""


@pytest.fixture
def parts(database_url: str) -> Iterator[Parts]:
    """Steps on PostgreSQL."""
    with opened_parts("memory://", database_url) as opened:
        yield opened


def about(numbers: Sequence[int]) -> dict[str, list[Payload]]:
    """Return, by consumer, an event about each of so many orders, in the order in which they are told."""
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
    """Note each statement, by SQLAlchemy and straight to psycopg, each begin and each commit."""
    noted: list[str] = []
    run = Prepared.run

    def noting(prepared: Prepared, *args: Any, **values: Any) -> Sequence[Any]:
        noted.append(prepared.text.decode())
        return run(prepared, *args, **values)

    seams: dict[str, Callable[..., None]] = {
        "before_cursor_execute": lambda _connection, _cursor, statement, *_: noted.append(statement),
        "begin": lambda _: noted.append("BEGIN"),
        "commit": lambda _: noted.append("COMMIT"),
    }
    for name, note in seams.items():
        event.listen(Engine, name, note)
    try:
        with patch.object(Prepared, "run", noting):
            yield noted
    finally:
        for name, note in seams.items():
            event.remove(Engine, name, note)


@pytest.mark.postgres
@pytest.mark.parametrize("consumer", STATEMENTS)
def test_the_statements_of_a_batch_do_not_grow_with_it(parts: Parts, consumer: str) -> None:
    assert isinstance(parts.gateways, SimulatedGateways)
    with parts.ledger.begin() as work:
        work.save_store(Store(store_id=STORE_ID, name="Test"))
    parts.gateways.commerce.catalog.save([Product(sku="SKU-1", name="One", quantity=10**6)])
    taken = {}
    for place, size in enumerate(SIZES):
        told = about(range(1000 * place, 1000 * place + size))
        for before in told:
            batch = messages(told[before])
            if before == consumer:
                with counted() as noted:
                    parts.step(consumer).take(batch)
                taken[size] = [statement for statement in noted if "records" not in statement]
                break
            parts.step(before).take(batch)
    lengths = {size: len(statements) for size, statements in taken.items()}
    assert lengths == dict.fromkeys(SIZES, STATEMENTS[consumer]), taken[1]
