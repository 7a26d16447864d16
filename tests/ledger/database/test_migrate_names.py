"""Migration 0005: tables, states and stored orders of an earlier version are found under their new names."""

import json

import pytest
from sqlalchemy import text

from ledger.batches import BatchRecord
from ledger.ledger import Ledger
from schemas.blockers import Blocker, BlockerKind, Remedy, RemedyKind
from schemas.dead_letters import LetterFilter, LetterState
from schemas.order import Order, OrderSnapshot
from schemas.status import ImportState
from tests.ledger.database.versions import downgrade
from tests.ledger.values import STORE, a_letter, an_early_event, an_order, an_order_id

REMEDY = Remedy(kind=RemedyKind.EDIT_ADDRESS, params={"store_id": STORE, "amazon_order_id": an_order_id(1)})
BLOCKER = Blocker(kind=BlockerKind.ADDRESS, key="x", reason="r", solution="s", remedy=REMEDY, wake_keys=("order:x",))


@pytest.fixture
def order(ledger: Ledger) -> Order:
    """An order that has every renamed field, with an open letter and an early event."""
    order = an_order(
        1,
        import_state=ImportState.NOT_DUE,
        blockers=(BLOCKER,),
        commerce_snapshot=OrderSnapshot(quantities={"SKU-1": 2}),
        reserved_quantities={"SKU-1": 2},
        fact_stamps={"status": 5},
    )
    with ledger.begin() as work:
        work.record("importer", BatchRecord([order], {}))
        work.dead_letters.save([a_letter("m1", BLOCKER.cause)])
        work.early_events.defer([an_early_event("e1")])
    return order


def stored(ledger: Ledger, sql: str) -> list[str]:
    with ledger._engine.connect() as connection:
        return list(connection.execute(text(sql)).scalars())


def test_an_order_written_before_is_read_with_all_its_fields(ledger: Ledger, order: Order) -> None:
    downgrade(ledger, "0004")
    (document,) = stored(ledger, "SELECT document FROM orders")
    before = json.loads(document)
    assert (before["import_state"], before["facts_at"], before["blocked_on"][0]["wakes_on"]) == (
        "waiting",
        {"status": 5},
        ["order:x"],
    )
    ledger.migrate()
    with ledger.read() as work:
        assert work.orders.load([order.key], lock=False) == {order.key: order}


def test_states_are_translated_both_ways(ledger: Ledger, order: Order) -> None:
    downgrade(ledger, "0004")
    states = ("dead_letters", "early_events")
    assert [stored(ledger, f"SELECT state FROM {table}")[0] for table in states] == ["waiting"] * 2  # noqa: S608
    ledger.migrate()
    with ledger.read() as work:
        (letter,) = work.dead_letters.latest(LetterFilter(state=LetterState.OPEN))
        assert letter.letter_type.value == "blocked"
        assert len(work.early_events.of_order(an_early_event("e1").order[1])) == 1
    assert stored(ledger, "SELECT import_state FROM orders") == ["not_due"]
    assert order.key
