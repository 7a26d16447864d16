"""Figures of waiting events: right, bounded, and read by indexes."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from ledger import figures
from ledger.ledger import Ledger
from schemas.figures import Figures, Waiting
from schemas.message import Message
from tests.ledger.values import NOON, Clock, a_letter, a_message, an_early_event

BIG_TABLES = ("inbox", "outbox", "orders", "dead_letters", "order_history", "communication_errors", "changed_orders")


def read(ledger: Ledger) -> Figures:
    with ledger.read() as work:
        return work.figures.read()


def test_an_empty_ledger_has_no_figures_above_zero(ledger: Ledger) -> None:
    found = read(ledger)
    assert (found.outbox, found.letters, found.blocked, found.early, found.jobs) == ({}, {}, {}, {}, {})
    assert found.changed_orders == Waiting(rows=0)
    assert found.replay_letters == {"planned": 0}


def test_unsent_messages_are_counted_by_the_reason_they_wait(ledger: Ledger, clock: Clock) -> None:
    retry = Message("retry", "import.requested", b"{}", headers={"attempt": 2}, to="importer")
    with ledger.begin() as work:
        work.outbox.put([a_message("due"), a_message("due too")])
        work.outbox.put([a_message("later")], due_at=NOON + timedelta(hours=2))
        work.outbox.schedule(retry, NOON + timedelta(hours=1))
        work.outbox.put([a_message("refused")], refusals=1)
        work.outbox.put([a_message("sent")])
    with ledger.begin() as work:
        sent = [row.outbox_id for row in work.outbox.claim_due(9, timedelta(seconds=30)) if row.message.id == "sent"]
        work.outbox.mark_sent(sent)
    found = read(ledger).outbox
    assert {name: waiting.rows for name, waiting in found.items()} == {
        "due": 2, "scheduled": 1, "retry": 1, "refused": 1,
    }  # fmt: skip
    assert found["due"].oldest == NOON


def test_open_letters_count_and_resolved_ones_do_not(ledger: Ledger, clock: Clock) -> None:
    with ledger.begin() as work:
        work.dead_letters.save([a_letter("m1"), a_letter("m2")])
        work.dead_letters.resolve([a_letter("m1").identity])
        work.early_events.defer([an_early_event("e1")])
        work.schedules.record_run("sync", NOON, "It failed.")
    clock.pass_time(days=1)
    found = read(ledger)
    assert found.letters == {a_letter("m2").letter_type.value: Waiting(rows=1, oldest=NOON)}
    assert found.early == {"order": Waiting(rows=1, oldest=NOON)}
    assert found.jobs["sync"].failed


def test_a_budget_is_by_its_account_and_its_operation(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.rate_buckets.empty("amazon/A1SELLER/getOrder", per_second=0.5, burst=10)
        work.rate_buckets.take("amazon/A2SELLER/eu/getOrder", per_second=0.5, burst=10, max_wait=1)
    assert read(ledger).budgets == {
        ("amazon", "A1SELLER", "getOrder"): 20.0,
        ("amazon", "A2SELLER/eu", "getOrder"): 2.0,
    }


def test_a_count_stops_at_its_cap_and_the_oldest_is_exact(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "CAP", 3)
    with ledger.begin() as work:
        work.outbox.put([a_message(f"m{number}") for number in range(5)])
        work.outbox.put([a_message("oldest")], due_at=NOON - timedelta(hours=1))
    assert read(ledger).outbox == {"due": Waiting(rows=3, oldest=NOON - timedelta(hours=1))}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_no_figure_reads_a_whole_table_that_grows(ledger: Ledger) -> None:
    statements: list[tuple[str, Any]] = []
    event.listen(
        ledger._engine, "before_cursor_execute", lambda _c, _k, sql, values, _x, _m: statements.append((sql, values))
    )
    read(ledger)
    queries = [(sql, values) for sql, values in statements if sql.startswith("SELECT")]
    assert len(queries) >= 9
    with ledger._engine.connect() as connection:
        for sql, values in queries:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()
            steps = [row[3] for row in plan]
            scans = [step for step in steps if step.startswith("SCAN") and "INDEX" not in step]
            assert not [step for step in scans if step.split()[1] in BIG_TABLES], sql
            assert connection.execute(text("SELECT 1")).scalar() == 1
