"""Tables, columns, states and the fields of stored orders get the names that 0.1.0 is released with."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BATCH = 1_000
"""Orders rewritten at a time: their documents must not all lie in memory."""

TABLES = {
    "journal": "order_history",
    "waits": "wait_keys",
    "wakes": "wake_ups",
    "records": "documents",
    "audit": "audit_log",
    "attempts": "delivery_attempts",
}
INDEXES = {
    "ix_journal_order": ("ix_order_history_order", "order_history", ["store_id", "amazon_order_id"]),
    "ix_waits_wake_key": ("ix_wait_keys_wake_key", "wait_keys", ["wake_key"]),
    "ix_wakes_number": ("ix_wake_ups_number", "wake_ups", ["number"]),
    "ix_audit_subject": ("ix_audit_log_subject", "audit_log", ["subject"]),
    "ix_dead_letters_letter_class_last_at": (
        "ix_dead_letters_letter_type_last_at",
        "dead_letters",
        ["letter_type", "last_at"],
    ),
}
COLUMNS = {"letter_class": "letter_type", "settled_at": "resolved_at", "waiting_since": "open_since"}
"""Columns of dead letters."""

STATES = (
    ("dead_letters", "state", "waiting", "open"),
    ("dead_letters", "state", "replayed", "replaying"),
    ("early_events", "state", "waiting", "deferred"),
    ("inbox", "state", "waiting", "deferred"),
    ("orders", "import_state", "waiting", "not_due"),
    ("schedules", "job", "tidy", "retention"),
    ("schedules", "job", "again", "reconcile"),
    ("schedules", "job", "overdue", "expire_early"),
    ("schedules", "job", "heard", "reconciled_until"),
)
EARLY = {"ix_early_events_due_at": ["due_at"], "ix_early_events_order": ["store_id", "amazon_order_id"]}
"""Partial indexes over early events that are still deferred."""

ORDER = {
    "facts_at": "fact_stamps",
    "left_out": "removed_lines",
    "created_with": "commerce_snapshot",
    "blocked_on": "blockers",
    "given_up": "discarded",
    "reserved_for": "reserved_quantities",
    "wakes_on": "wake_keys",
    "retold": "changed_since_confirmed",
    "pieces": "quantities",
}
"""Fields of an order's document, and of the blockers, parcels and the snapshot in it."""

SELECTION = {"letter_class": "letter_type", "waiting_by": "open_by"}


def upgrade() -> None:
    """Rename everything; documents of orders and selections of replays are rewritten."""
    _rename_indexes_away()
    for old, new in TABLES.items():
        op.rename_table(old, new)
    for old, new in COLUMNS.items():
        op.alter_column("dead_letters", old, new_column_name=new)
    _set_states(STATES)
    for name, table, columns in INDEXES.values():
        op.create_index(name, table, columns)
    _index_early("deferred")
    _rewrite_orders(ORDER, "not_due")
    _rewrite_selections(SELECTION)


def downgrade() -> None:
    """Give everything its old name back."""
    for name, table, _ in INDEXES.values():
        op.drop_index(name, table)
    for name in EARLY:
        op.drop_index(name, "early_events")
    for old, new in TABLES.items():
        op.rename_table(new, old)
    for old, new in COLUMNS.items():
        op.alter_column("dead_letters", new, new_column_name=old)
    _set_states(tuple((table, column, new, old) for table, column, old, new in STATES))
    for old, (_, table, columns) in INDEXES.items():
        before = {new: name for name, new in TABLES.items()}.get(table, table)
        op.create_index(old, before, ["letter_class" if name == "letter_type" else name for name in columns])
    _index_early("waiting")
    _rewrite_orders({new: old for old, new in ORDER.items()}, "waiting")
    _rewrite_selections({new: old for old, new in SELECTION.items()})


def _rename_indexes_away() -> None:
    for old, (_, table, _) in INDEXES.items():
        op.drop_index(old, {new: name for name, new in TABLES.items()}.get(table, table))
    for name in EARLY:
        op.drop_index(name, "early_events")


def _set_states(states: tuple[tuple[str, str, str, str], ...]) -> None:
    for table, column, old, new in states:
        op.execute(sa.text(f"UPDATE {table} SET {column} = :new WHERE {column} = :old").bindparams(old=old, new=new))  # noqa: S608 - names from this file


def _index_early(state: str) -> None:
    where = sa.text(f"state = '{state}'")
    for name, columns in EARLY.items():
        op.create_index(name, "early_events", columns, postgresql_where=where, sqlite_where=where)


def _rewrite_orders(names: dict[str, str], not_due: str) -> None:
    write = sa.text("UPDATE orders SET document = :document WHERE store_id = :store and amazon_order_id = :order_id")
    for rows in _orders():
        changed = [
            {"store": store, "order_id": order_id, "document": _renamed_order(document, names, not_due)}
            for store, order_id, document in rows
        ]
        op.get_bind().execute(write, changed)


def _orders() -> Iterator[list[Any]]:
    page = sa.text(
        "SELECT store_id, amazon_order_id, document FROM orders"
        " WHERE (store_id, amazon_order_id) > (:store, :order_id) ORDER BY store_id, amazon_order_id LIMIT :most"
    )
    store, order_id = "", ""
    while rows := op.get_bind().execute(page, {"store": store, "order_id": order_id, "most": BATCH}).all():
        yield list(rows)
        store, order_id = rows[-1][0], rows[-1][1]


def _renamed_order(document: str, names: dict[str, str], not_due: str) -> str:
    order = json.loads(document)
    order = {names.get(name, name): value for name, value in order.items()}
    for part in ("blockers", "blocked_on", "parcels"):
        if part in order:
            order[part] = [{names.get(name, name): value for name, value in one.items()} for one in order[part]]
    for part in ("commerce_snapshot", "created_with"):
        if order.get(part):
            order[part] = {names.get(name, name): value for name, value in order[part].items()}
    if order.get("import_state") in ("waiting", "not_due"):
        order["import_state"] = not_due
    return json.dumps(order, ensure_ascii=False, separators=(",", ":"))


def _rewrite_selections(names: dict[str, str]) -> None:
    write = sa.text("UPDATE replays SET selection = :selection WHERE id = :id")
    for replay_id, selection in op.get_bind().execute(sa.text("SELECT id, selection FROM replays")).all():
        given = json.loads(selection)
        renamed = {names.get(name, name): value for name, value in given.items()}
        op.get_bind().execute(write, {"id": replay_id, "selection": json.dumps(renamed, sort_keys=True)})
