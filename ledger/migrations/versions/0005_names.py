"""The names of version 0.1.0, for tables, columns, states and the fields of stored orders.

Messages stay as they were published, in the outbox, the inbox, dead letters and early events. Entries of the audit log
and of orders' histories stay as they were written.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BATCH = 1_000
"""Orders rewritten at a time: the documents of all of them would not fit into memory."""

TABLES = {
    "journal": "order_history",
    "waits": "wait_keys",
    "wakes": "wake_ups",
    "records": "documents",
    "audit": "audit_log",
    "attempts": "delivery_attempts",
}
NUMBERED = ("journal", "audit")
"""Tables whose ids the database assigns; on PostgreSQL from a sequence that is named after the table."""

LETTER_COLUMNS = {"letter_class": "letter_type", "settled_at": "resolved_at", "waiting_since": "open_since"}


class Index(NamedTuple):
    """An index, by its old and new name; *table* and *columns* are the new names."""

    old: str
    new: str
    table: str
    columns: list[str]
    unique: bool = False
    where: str | None = None


INDEXES = (
    Index("ix_journal_order", "ix_order_history_order", "order_history", ["store_id", "amazon_order_id"]),
    Index("ix_waits_wake_key", "ix_wait_keys_wake_key", "wait_keys", ["wake_key"]),
    Index("ix_wakes_number", "ix_wake_ups_number", "wake_ups", ["number"]),
    Index("ix_audit_subject", "ix_audit_log_subject", "audit_log", ["subject"]),
    Index(
        "ix_dead_letters_letter_class_last_at",
        "ix_dead_letters_letter_type_last_at",
        "dead_letters",
        ["letter_type", "last_at"],
    ),
    Index(
        "ix_replay_items_held",
        "ix_replay_items_claimed",
        "replay_items",
        ["letter_id"],
        unique=True,
        where="state = 'claimed' OR state = 'sent'",
    ),
)
DEFERRED_INDEXES = {"ix_early_events_due_at": ["due_at"], "ix_early_events_order": ["store_id", "amazon_order_id"]}
"""Partial indexes of early events that are deferred: their condition contains the name of that state."""

STATES = (
    ("dead_letters", "state", "waiting", "open"),
    ("dead_letters", "state", "replayed", "replaying"),
    ("early_events", "state", "waiting", "deferred"),
    ("early_events", "state", "released", "requeued"),
    ("inbox", "state", "waiting", "deferred"),
    ("schedules", "job", "tidy", "retention"),
    ("schedules", "job", "again", "reconcile"),
    ("schedules", "job", "overdue", "expire_early"),
    ("schedules", "job", "heard", "reconciled_until"),
)
IMPORT_STATES = {"waiting": "not_due"}

ORDER_FIELDS = {
    "facts_at": "fact_stamps",
    "left_out": "removed_lines",
    "created_with": "commerce_snapshot",
    "blocked_on": "blockers",
    "given_up": "discarded",
    "reserved_for": "reserved_quantities",
}
NESTED_FIELDS = {
    "blocked_on": {"wakes_on": "wake_keys"},
    "parcels": {"retold": "changed_since_confirmed"},
    "created_with": {"pieces": "quantities"},
}
"""Fields of the objects in an order's document, by the old name of the field that contains them."""

SELECTION_FIELDS = {"letter_class": "letter_type", "waiting_by": "open_by"}
SELECTION_STATES = {"waiting": "open", "replayed": "replaying"}


def upgrade() -> None:
    """Rename everything; orders' documents and replays' selections are rewritten."""
    for old, new in TABLES.items():
        op.rename_table(old, new)
    for old, new in LETTER_COLUMNS.items():
        op.alter_column("dead_letters", old, new_column_name=new)
    _rename_constraints(TABLES)
    for index in INDEXES:
        _rename_index(index, index.old, index.new)
    _drop_deferred_indexes()
    for table, column, old, new in STATES:
        _rename_state(table, column, old, new)
    _create_deferred_indexes("deferred")
    _rewrite_orders(forward=True)
    _rewrite_selections(SELECTION_FIELDS, SELECTION_STATES)


def downgrade() -> None:
    """Restore the old names."""
    _rewrite_selections(_inverse(SELECTION_FIELDS), _inverse(SELECTION_STATES))
    _rewrite_orders(forward=False)
    _drop_deferred_indexes()
    for table, column, old, new in STATES:
        _rename_state(table, column, new, old)
    _create_deferred_indexes("waiting")
    for index in INDEXES:
        _rename_index(index, index.new, index.old)
    for old, new in LETTER_COLUMNS.items():
        op.alter_column("dead_letters", new, new_column_name=old)
    for old, new in TABLES.items():
        op.rename_table(new, old)
    _rename_constraints(_inverse(TABLES))


def _inverse(names: Mapping[str, str]) -> dict[str, str]:
    return {new: old for old, new in names.items()}


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _rename_constraints(tables: Mapping[str, str]) -> None:
    """Rename primary keys and sequences like their tables. SQLite cannot, and nothing reads their names there."""
    if not _is_postgresql():
        return
    for old, new in tables.items():
        op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT pk_{old} TO pk_{new}")
        if old in NUMBERED or new in NUMBERED:
            op.execute(f"ALTER SEQUENCE {old}_id_seq RENAME TO {new}_id_seq")


def _rename_index(index: Index, old: str, new: str) -> None:
    """Rename an index, while its table and columns have their new names. SQLite must build it again."""
    if _is_postgresql():
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")
        return
    where = sa.text(index.where) if index.where else None
    op.drop_index(old, index.table)
    op.create_index(new, index.table, index.columns, unique=index.unique, sqlite_where=where)


def _drop_deferred_indexes() -> None:
    for name in DEFERRED_INDEXES:
        op.drop_index(name, "early_events")


def _create_deferred_indexes(state: str) -> None:
    where = sa.text(f"state = '{state}'")
    for name, columns in DEFERRED_INDEXES.items():
        op.create_index(name, "early_events", columns, postgresql_where=where, sqlite_where=where)


def _rename_state(table: str, column: str, old: str, new: str) -> None:
    query = f"UPDATE {table} SET {column} = :new WHERE {column} = :old"  # noqa: S608 - names of this module
    op.execute(sa.text(query).bindparams(old=old, new=new))


def _rewrite_orders(*, forward: bool) -> None:
    """Rewrite each order's document together with its import state: one write of its row."""
    states = IMPORT_STATES if forward else _inverse(IMPORT_STATES)
    update = sa.text(
        "UPDATE orders SET document = :document, import_state = :import_state"
        " WHERE store_id = :store_id AND amazon_order_id = :amazon_order_id"
    )
    for rows in _order_batches():
        changed = [
            {
                "store_id": row.store_id,
                "amazon_order_id": row.amazon_order_id,
                "document": _rewritten(row.document, states, forward=forward),
                "import_state": states.get(row.import_state, row.import_state),
            }
            for row in rows
        ]
        op.get_bind().execute(update, changed)


def _order_batches() -> Iterator[list[sa.Row[Any]]]:
    query = sa.text(
        "SELECT store_id, amazon_order_id, import_state, document FROM orders"
        " WHERE (store_id, amazon_order_id) > (:store_id, :amazon_order_id)"
        " ORDER BY store_id, amazon_order_id LIMIT :batch"
    )
    after = {"store_id": "", "amazon_order_id": ""}
    while rows := op.get_bind().execute(query, {**after, "batch": BATCH}).all():
        yield list(rows)
        after = {"store_id": rows[-1].store_id, "amazon_order_id": rows[-1].amazon_order_id}


def _rewritten(document: str, states: Mapping[str, str], *, forward: bool) -> str:
    order = json.loads(document)
    if "import_state" in order:
        order["import_state"] = states.get(order["import_state"], order["import_state"])
    order = _nested_renamed(order, forward=True) if forward else _renamed(order, _inverse(ORDER_FIELDS))
    order = _renamed(order, ORDER_FIELDS) if forward else _nested_renamed(order, forward=False)
    _convert_remedies(order)
    return json.dumps(order, ensure_ascii=False, separators=(",", ":"))


def _convert_remedies(order: dict[str, Any]) -> None:
    """Replace the command of each blocker by its remedy, or back."""
    for blocker in order.get("blockers", ()):
        if command := blocker.pop("command", None):
            blocker["remedy"] = _remedy(order, blocker, command)
    for blocker in order.get("blocked_on", ()):
        if remedy := blocker.pop("remedy", None):
            blocker["command"] = _command(remedy)


def _remedy(order: dict[str, Any], blocker: dict[str, Any], command: str) -> dict[str, Any]:
    of_order = {"store_id": order["store_id"], "amazon_order_id": order["amazon_order_id"]}
    match blocker["kind"]:
        case "product_missing":
            # `… STORE SELLER_SKU SKU`: the key may be the product of a manual match instead of the listing.
            seller_sku = shlex.split(command)[-2]
            return {"kind": "match_listing", "params": {"store_id": order["store_id"], "seller_sku": seller_sku}}
        case "product_disabled":
            return {"kind": "enable_product", "params": {"sku": blocker["key"]}}
        case "out_of_stock":
            return {"kind": "set_quantity", "params": {"sku": blocker["key"]}}
        case "money":
            return {"kind": "explain_order", "params": of_order}
        case "never_placed":
            return {"kind": "publish_events", "params": {}}
        case _:
            return {"kind": "edit_address", "params": of_order}


def _command(remedy: dict[str, Any]) -> str:
    """Return the command as it was stored before."""
    params = remedy["params"]
    in_store = ["--store", params.get("store_id", "")]
    words, values, options = {
        "match_listing": ("products match", [params.get("store_id"), params.get("seller_sku"), "SKU"], []),
        "enable_product": ("products set", [params.get("sku")], ["--enable"]),
        "set_quantity": ("products set", [params.get("sku")], ["--quantity", "N"]),
        "explain_order": ("orders explain", [params.get("amazon_order_id")], in_store),
        "accept_total": ("orders explain", [params.get("amazon_order_id")], in_store),
        "state_total": ("orders explain", [params.get("amazon_order_id")], in_store),
        "edit_address": ("orders edit-address", [params.get("amazon_order_id")], in_store),
        "publish_events": ("publish", ["FILE"], []),
    }[remedy["kind"]]
    arguments = [str(value) for value in values]
    given = [*options, "--", *arguments] if any(word.startswith("-") for word in arguments) else [*arguments, *options]
    return f"crossdock {words} {shlex.join(given)}"


def _nested_renamed(order: dict[str, Any], *, forward: bool) -> dict[str, Any]:
    renamed = dict(order)
    for field, fields in NESTED_FIELDS.items():
        names, value = fields if forward else _inverse(fields), order.get(field)
        if isinstance(value, list):
            renamed[field] = [_renamed(item, names) for item in value]
        elif isinstance(value, dict):
            renamed[field] = _renamed(value, names)
    return renamed


def _renamed(fields: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in fields.items()}


def _rewrite_selections(names: Mapping[str, str], states: Mapping[str, str]) -> None:
    update = sa.text("UPDATE replays SET selection = :selection WHERE id = :id")
    for row in op.get_bind().execute(sa.text("SELECT id, selection FROM replays")).all():
        selection = _renamed(json.loads(row.selection), names)
        if "state" in selection:
            selection["state"] = states.get(selection["state"], selection["state"])
        op.get_bind().execute(update, {"id": row.id, "selection": json.dumps(selection, sort_keys=True)})
