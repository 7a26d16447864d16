"""Migration 0005: a database of version 0004 is read completely under the new names, and can be migrated back."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import MetaData, Table, inspect, select, text

from ledger.batches import BatchRecord
from ledger.dead_letters.letter_rows import letter_id
from ledger.errors import UnknownReplayError
from ledger.ledger import Ledger
from ledger.tables.indexes import complete_metadata
from schemas.audit import AuditEntry
from schemas.blockers import BlockerKind, Cause
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState
from schemas.history import HistoryEntry, InboxState
from schemas.order import Discarded, OrderSnapshot
from schemas.replays import ItemState
from schemas.status import ImportState
from tests.ledger.database.rows_of_0004 import BODY, CIPHER, LATER, LETTER_STATES, order_row, rows_of_0004
from tests.ledger.database.versions import downgrade, insert_rows, upgrade
from tests.ledger.values import NOON, Clock, a_key, an_order
from tests.servers.templates import Prepare

FIRST, BLOCKED, UNRECORDED = an_order(1).key, an_order(2).key, an_order(9).key
RENAMED = ("order_history", "wait_keys", "wake_ups", "documents", "audit_log", "delivery_attempts")


def of_version_0004(url: str) -> None:
    """Make the tables of version 0004, with rows in all of them."""
    with closing(Ledger.open(url, CIPHER)) as ledger:
        upgrade(ledger, "0004")
        insert_rows(ledger, rows_of_0004())


def migrated_from_0004(url: str) -> None:
    """Make the same, migrated to this version."""
    of_version_0004(url)
    with closing(Ledger.open(url, CIPHER)) as ledger:
        ledger.migrate()


@pytest.fixture
def before(copy_of: Callable[[Prepare], str], clock: Clock) -> Iterator[Ledger]:
    """A ledger whose tables are of version 0004, with rows in all of them."""
    with closing(Ledger.open(copy_of(of_version_0004), CIPHER, clock)) as opened:
        yield opened


@pytest.fixture
def migrated(copy_of: Callable[[Prepare], str], clock: Clock) -> Iterator[Ledger]:
    """A ledger that was migrated from those to this version."""
    with closing(Ledger.open(copy_of(migrated_from_0004), CIPHER, clock)) as opened:
        yield opened


def test_orders_have_all_their_fields_under_the_new_names(migrated: Ledger) -> None:
    with migrated.read() as work:
        orders = work.orders.load([FIRST, BLOCKED], lock=False)
    order, blocked = orders[FIRST], orders[BLOCKED]
    assert order.fact_stamps == {"status": 5}
    assert [line.order_item_id for line in order.removed_lines] == ["i1"]
    assert order.commerce_snapshot == OrderSnapshot(quantities={"SKU-1": 2})
    assert order.discarded == Discarded(who="Ann", at=NOON, why="sold")
    assert order.reserved_quantities == {"SKU-1": 2}
    assert [parcel.changed_since_confirmed for parcel in order.parcels] == [True]
    assert (order.import_state, order.note) == (ImportState.NOT_DUE, "Zażółć")
    assert [(blocker.cause, blocker.wake_keys) for blocker in blocked.blockers] == [
        (Cause(kind=BlockerKind.ADDRESS, key="x"), ("order:x",))
    ]


def test_orders_are_found_by_their_import_state(migrated: Ledger) -> None:
    with migrated.read() as work:
        assert work.orders.counts()["import_state"] == {"blocked": 1, "not_due": 1}
        assert [order.key for order in work.orders.blocked(None, 10)] == [BLOCKED]


def test_more_orders_than_one_batch_are_all_rewritten(before: Ledger) -> None:
    insert_rows(before, {"orders": [order_row(number) for number in range(10, 1_020)]})
    before.migrate()
    with before.read() as work:
        assert work.orders.counts()["import_state"] == {"blocked": 1, "not_due": 1_011}
    with before._engine.connect() as connection:
        documents = [json.loads(row) for row in connection.execute(text("SELECT document FROM orders")).scalars()]
    assert {document["import_state"] for document in documents} == {"blocked", "not_due"}
    assert not [document for document in documents if "facts_at" in document]


def test_rows_of_the_renamed_tables_are_found(migrated: Ledger) -> None:
    with migrated.documents.begin() as documents:
        assert documents.get_many("product", ["SKU-1"]) == {"SKU-1": {"quantity": 5}}
    with migrated.begin() as work:
        assert work.history.of_order(FIRST) == [HistoryEntry(FIRST, "order.placed", "first", "e1", NOON)]
        assert work.wake_ups.waiting_for(["order:x"]) == {BLOCKED: "order:x"}
        assert (work.wake_ups.mark(), work.wake_ups.woken_since(["order:x"], 6)) == (7, {"order:x"})
        assert work.audit_log.latest() == [
            AuditEntry(position=1, at=NOON, who="Ann", action="letter.discard", subject="l", why="sold", details={})
        ]
        assert work.attempts.begin("importer", a_key("m1"), "p2") == ["p1"]


def test_the_renamed_job_and_the_others_ran_when_they_did(migrated: Ledger) -> None:
    with migrated.read() as work:
        assert work.schedules.last_run("retention") == NOON
        assert work.schedules.last_run("sync") == LATER
        assert work.schedules.last_run("tidy") is None


def test_new_rows_of_the_renamed_tables_come_after_the_old_ones(migrated: Ledger) -> None:
    with migrated.begin() as work:
        work.record("", BatchRecord(entries=[HistoryEntry(FIRST, "order.canceled", "second", "e2", NOON)]))
        work.audit_log.write(AuditEntry(at=NOON, who="Bob", action="letter.edit", subject="l", why="typo", details={}))
    with migrated.read() as work:
        assert [entry.note for entry in work.history.of_order(FIRST)] == ["first", "second"]
        assert [entry.who for entry in work.audit_log.latest("l")] == ["Bob", "Ann"]


def test_dead_letters_of_every_state_are_found_with_their_messages(migrated: Ledger) -> None:
    ids = {state: letter_id(state) for state in LETTER_STATES}
    with migrated.read() as work:
        letters = work.dead_letters.by_ids(ids.values())
        messages, _ = work.dead_letters.messages(ids.values())
    assert {state: letters[letter].state for state, letter in ids.items()} == {
        "waiting": LetterState.OPEN,
        "replayed": LetterState.REPLAYING,
        "resolved": LetterState.RESOLVED,
        "discarded": LetterState.DISCARDED,
    }
    assert {letter.letter_type for letter in letters.values()} == {DeadLetterType.BLOCKED}
    assert {message.body for message in messages.values()} == {BODY}
    assert letters[ids["waiting"]].causes == (Cause(kind=BlockerKind.ADDRESS, key="x"),)


def test_columns_of_dead_letters_keep_their_values(migrated: Ledger) -> None:
    with migrated._engine.connect() as connection:
        table = Table("dead_letters", MetaData(), autoload_with=connection)
        query = select(table.c.identity, table.c.resolved_at.is_not(None), table.c.open_since.is_not(None))
        rows = {identity: (resolved, opened) for identity, resolved, opened in connection.execute(query)}
    assert rows == {state: (state in ("resolved", "discarded"), True) for state in LETTER_STATES}
    with migrated.read() as work:
        open_by_noon = work.dead_letters.latest(LetterFilter(state=LetterState.OPEN, open_by=NOON))
        assert [letter.id for letter in open_by_noon] == [letter_id("waiting")]


def test_early_events_are_deferred_or_done_as_before(migrated: Ledger) -> None:
    with migrated.begin() as work:
        (event,) = work.early_events.of_order(UNRECORDED[1])
        assert (event.message.id, event.message.body, event.due_at) == ("waiting", BODY, LATER)
        assert work.early_events.requeue([UNRECORDED]) == 1
    with migrated._engine.connect() as connection:
        states = connection.execute(text("SELECT state FROM early_events ORDER BY state")).scalars().all()
    assert states == ["closed", "requeued", "requeued"]


def test_the_inbox_knows_the_messages_of_every_state(migrated: Ledger) -> None:
    names = ["done", "failed", "waiting", "superseded"]
    with migrated.read() as work:
        entries = work.inbox.find("importer", [a_key(name) for name in names])
    assert [entries[a_key(name)].state for name in names] == [
        InboxState.DONE,
        InboxState.FAILED,
        InboxState.DEFERRED,
        InboxState.SUPERSEDED,
    ]


def test_a_replay_goes_on_with_its_selection_and_its_letters(migrated: Ledger) -> None:
    with migrated.read() as work:
        replay = work.replays.by_prefix("r")
        (item,) = work.replays.items(replay.id)
        with pytest.raises(UnknownReplayError):
            work.replays.find("r2")
    selection = {"letter_type": "blocked", "open_by": "2026-11-02T12:00:00+00:00", "state": "open"}
    assert json.loads(replay.selection) == selection
    assert (item.letter_id, item.state) == (letter_id("replayed"), ItemState.SENT)


def test_no_table_keeps_a_primary_key_or_sequence_of_the_old_name(migrated: Ledger) -> None:
    if migrated._engine.dialect.name != "postgresql":
        pytest.skip("SQLite does not rename them")
    with migrated._engine.connect() as connection:
        keys = {table: inspect(connection).get_pk_constraint(table)["name"] for table in complete_metadata.tables}
        sequences = connection.execute(text("SELECT sequencename FROM pg_sequences")).scalars().all()
    assert keys == {table: f"pk_{table}" for table in complete_metadata.tables}
    assert sorted(sequences) == [
        "audit_log_id_seq",
        "communication_errors_id_seq",
        "daily_sales_changes_id_seq",
        "incarnations_number_seq",
        "listing_changes_id_seq",
        "order_history_id_seq",
        "outbox_id_seq",
    ]


def test_a_database_migrated_back_is_as_it_was(before: Ledger) -> None:
    contents, names = _contents(before), _names(before)
    before.migrate()
    assert not set(RENAMED) & set(names)
    downgrade(before, "0004")
    assert _contents(before) == contents
    assert _names(before) == names
    before.migrate()
    before.check_version()


def _contents(ledger: Ledger) -> dict[str, list[object]]:
    with ledger._engine.connect() as connection:
        tables = [Table(name, MetaData(), autoload_with=connection) for name in rows_of_0004()]
        return {
            table.name: [
                _parsed(row._asdict()) for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in tables
        }


def _names(ledger: Ledger) -> dict[str, object]:
    """Return the names of all tables, of their primary keys, and of their indexes with the columns."""
    with ledger._engine.connect() as connection:
        inspector = inspect(connection)
        return {
            table: (
                inspector.get_pk_constraint(table)["name"],
                sorted(
                    (str(index["name"]), index["column_names"], index["unique"], _condition(index))
                    for index in inspector.get_indexes(table)
                ),
            )
            for table in inspector.get_table_names()
        }


def _condition(index: Mapping[str, Any]) -> str:
    options: Mapping[str, object] = index.get("dialect_options", {})
    return " ".join(str(condition) for name, condition in options.items() if name.endswith("_where"))


def _parsed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its document read: the order of the fields in it has no meaning."""
    return {**row, "document": json.loads(row["document"])} if "document" in row else row
