"""The indexes of all tables, and with them the metadata that migrations are compared with.

Apart from the tables, since no query names an index: the condition of a partial one has SQLAlchemy import PostgreSQL's
dialect, which costs a command on a SQLite file a tenth of its time.

Hot tables carry few indexes on purpose: each index costs every write. Those of the list's columns cost PostgreSQL 2 µs
each a write, of 26 without them, with a million orders (docs/how-far-it-scales.md).
"""

from sqlalchemy import Column, ColumnElement, Index, MetaData

from ledger.tables import (
    compatibility,
    documents,
    incarnations,
    listings,
    order_sweeps,
    processes,
    publisher_tokens,
    rate_buckets,
    read_only,
    reconciliations,
    sales,
    schedules,
)
from ledger.tables.backfills import backfills
from ledger.tables.changed_orders import changed_orders
from ledger.tables.commerce_changes import changed_shipments
from ledger.tables.communication import communication_errors
from ledger.tables.dead_letters import audit_log, dead_letter_causes, dead_letters
from ledger.tables.messages import DEFERRED, NEEDS_STORE, REFUSED, UNFINISHED, early_events, inbox, outbox
from ledger.tables.metadata import metadata
from ledger.tables.orders import (
    ASKS_TO_CANCEL,
    BLOCKED,
    COMPLETABLE,
    WITHOUT_BODY,
    order_history,
    orders,
    vault,
    wait_keys,
    wake_ups,
)
from ledger.tables.people import api_tokens, sessions, users
from ledger.tables.replays import CLAIMED_OR_SENT, replay_items, replays

complete_metadata: MetaData = metadata
"""The metadata with all tables and indexes; `metadata` itself has those of the modules that a process has imported."""

WITHOUT_INDEX = (
    compatibility,
    documents,
    incarnations,
    listings,
    order_sweeps,
    processes,
    publisher_tokens,
    rate_buckets,
    read_only,
    reconciliations,
    sales,
    schedules,
)
"""Tables that are found by their primary keys alone."""


def _partial(name: str, *columns: Column[object], where: ColumnElement[bool], unique: bool = False) -> None:
    Index(name, *columns, unique=unique, postgresql_where=where, sqlite_where=where)


Index("ix_orders_purchase_date", orders.c.purchase_date)
Index("ix_orders_store_id_purchase_date", orders.c.store_id, orders.c.purchase_date)
Index("ix_orders_status_purchase_date", orders.c.status, orders.c.purchase_date)
Index("ix_orders_import_state_purchase_date", orders.c.import_state, orders.c.purchase_date)
Index("ix_orders_total_purchase_date", orders.c.total, orders.c.purchase_date)
Index("ix_orders_last_update_date", orders.c.last_update_date)
Index("ix_orders_amazon_order_id", orders.c.amazon_order_id)
_partial("ix_orders_blocked", orders.c.store_id, orders.c.amazon_order_id, where=BLOCKED)
_partial("ix_orders_completable", orders.c.store_id, orders.c.amazon_order_id, where=COMPLETABLE)
_partial("ix_orders_asks_to_cancel", orders.c.purchase_date, where=ASKS_TO_CANCEL)
_partial("ix_orders_pending", orders.c.pending_since, where=orders.c.pending_since.is_not(None))
Index("ix_order_history_order", order_history.c.store_id, order_history.c.amazon_order_id)
_partial("ix_vault_expires_at", vault.c.expires_at, where=vault.c.expires_at.is_not(None))
Index("ix_vault_saved_at", vault.c.saved_at)
_partial("ix_vault_without_body", vault.c.store_id, vault.c.amazon_order_id, where=WITHOUT_BODY)
Index("ix_wait_keys_wake_key", wait_keys.c.wake_key)
Index("ix_wake_ups_number", wake_ups.c.number)

# Costs PostgreSQL 1 to 5 µs a row, of 22; without it, retention reads a million rows in 0.6 s to find none to delete.
Index("ix_inbox_handled_at", inbox.c.handled_at)
_partial("ix_outbox_unsent", outbox.c.due_at, outbox.c.id, where=outbox.c.sent_at.is_(None))
_partial("ix_outbox_refused", outbox.c.name, outbox.c.id, where=REFUSED)
_partial("ix_outbox_sent", outbox.c.sent_at, where=outbox.c.sent_at.is_not(None))
_partial("ix_early_events_order", early_events.c.store_id, early_events.c.amazon_order_id, where=DEFERRED)
_partial("ix_early_events_due_at", early_events.c.due_at, where=UNFINISHED)
_partial("ix_early_events_store", early_events.c.store_id, where=NEEDS_STORE)

Index("ix_dead_letters_order", dead_letters.c.store_id, dead_letters.c.amazon_order_id)
Index("ix_dead_letters_amazon_order_id", dead_letters.c.amazon_order_id)
Index("ix_dead_letters_last_at", dead_letters.c.last_at)
for _filtered_by in ("state", "letter_type", "store_id", "consumer", "event", "fingerprint"):
    # Lists are sorted by age: with it in the index, a list reads no more letters than it shows.
    Index(f"ix_dead_letters_{_filtered_by}_last_at", dead_letters.c[_filtered_by], dead_letters.c.last_at)
Index("ix_dead_letters_message_key", dead_letters.c.message_key)
Index("ix_dead_letter_causes_kind_key", dead_letter_causes.c.kind, dead_letter_causes.c.key)
Index("ix_audit_log_subject", audit_log.c.subject)
Index("ix_audit_log_action", audit_log.c.action, audit_log.c.id)

Index("ix_replays_started_at", replays.c.started_at)
_partial("ix_replay_items_claimed", replay_items.c.letter_id, where=CLAIMED_OR_SENT, unique=True)
Index("ix_replay_items_replay", replay_items.c.replay_id, replay_items.c.state, replay_items.c.position)

Index("ix_backfills_seller_id", backfills.c.seller_id, backfills.c.state, backfills.c.due_at)
Index("ix_changed_orders_ship_by", changed_orders.c.ship_by)
Index("ix_changed_shipments_due_at", changed_shipments.c.due_at)
Index("ix_communication_errors_at", communication_errors.c.at)
for _filtered_by in ("store_id", "system"):
    # Lists begin with the latest: with the number in the index, a list reads no more errors than it shows.
    Index(f"ix_communication_errors_{_filtered_by}", communication_errors.c[_filtered_by], communication_errors.c.id)
Index("ix_communication_errors_amazon_order_id", communication_errors.c.amazon_order_id)
Index("ix_users_subject", users.c.issuer, users.c.subject, unique=True)
Index("ix_sessions_user_name", sessions.c.user_name)
Index("ix_sessions_expires_at", sessions.c.expires_at)
Index("ix_api_tokens_user_name", api_tokens.c.user_name)
