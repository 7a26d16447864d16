"""Every table, as SQLAlchemy Core. Hot tables carry few indexes on purpose: each one costs every write."""

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    or_,
)

from ledger.tables.columns import Bytes, Millionths, RowNumber, UtcDateTime
from schemas.dead_letters import DeadLetterType, LetterState
from schemas.status import ImportState

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def text_column(name: str, *, key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, UtcDateTime, nullable=nullable)


stores = Table("stores", metadata, text_column("store_id", key=True), text_column("name"), text_column("document"))

orders = Table(
    "orders",
    metadata,
    text_column("store_id", key=True),
    text_column("amazon_order_id", key=True),
    Column("version", Integer, nullable=False),
    instant("purchase_date"),
    instant("last_update_date"),
    text_column("status"),
    text_column("amazon_status"),
    text_column("import_state"),
    Column("completable", Boolean, nullable=False),
    text_column("fulfillment_channel"),
    Column("total", Millionths),
    text_column("currency", nullable=True),
    text_column("note"),
    instant("pending_since", nullable=True),
    text_column("document"),
)


def is_word(column: Column[str], *words: str) -> ColumnElement[bool]:
    """Compare with words written into the SQL: neither database proves a partial index by a parameter."""
    return or_(*(column == literal_column(f"'{word}'", Text) for word in words))


BLOCKED = is_word(orders.c.import_state, ImportState.BLOCKED.value)
COMPLETABLE = literal_column("completable") == literal_column("true")
_pending = orders.c.pending_since.is_not(None)

Index("ix_orders_purchase_date", orders.c.purchase_date)
Index("ix_orders_amazon_order_id", orders.c.amazon_order_id)
Index(
    "ix_orders_blocked",
    orders.c.store_id,
    orders.c.amazon_order_id,
    postgresql_where=BLOCKED,
    sqlite_where=BLOCKED,
)
Index(
    "ix_orders_completable",
    orders.c.store_id,
    orders.c.amazon_order_id,
    postgresql_where=COMPLETABLE,
    sqlite_where=COMPLETABLE,
)
Index("ix_orders_pending", orders.c.pending_since, postgresql_where=_pending, sqlite_where=_pending)

inbox = Table(
    "inbox",
    metadata,
    text_column("consumer", key=True),
    Column("key", Bytes, primary_key=True),
    Column("epoch", Integer, nullable=False),
    text_column("state"),
    Column("follow_ups", Bytes),
    instant("handled_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowNumber, Identity(always=False), primary_key=True),
    text_column("message_id"),
    Column("key", Bytes),
    text_column("to_consumer"),
    Column("epoch", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    text_column("name"),
    text_column("order_id", nullable=True),
    text_column("headers"),
    Column("body", Bytes, nullable=False),
    instant("due_at"),
    instant("created_at"),
    instant("claimed_until", nullable=True),
    instant("sent_at", nullable=True),
    UniqueConstraint("message_id", "to_consumer", "epoch", "attempt"),
)

_unsent = outbox.c.sent_at.is_(None)
_sent = outbox.c.sent_at.is_not(None)
Index("ix_outbox_unsent", outbox.c.due_at, outbox.c.id, postgresql_where=_unsent, sqlite_where=_unsent)
Index("ix_outbox_sent", outbox.c.sent_at, postgresql_where=_sent, sqlite_where=_sent)

order_history = Table(
    "order_history",
    metadata,
    Column("id", RowNumber, Identity(always=False), primary_key=True),
    text_column("store_id"),
    text_column("amazon_order_id"),
    instant("at"),
    text_column("event"),
    text_column("note"),
    text_column("event_id"),
)
Index("ix_order_history_order", order_history.c.store_id, order_history.c.amazon_order_id)

vault = Table(
    "vault",
    metadata,
    text_column("store_id", key=True),
    text_column("amazon_order_id", key=True),
    Column("body", Bytes, nullable=False),
    instant("saved_at"),
    instant("expires_at", nullable=True),
)
_expiring = vault.c.expires_at.is_not(None)
Index("ix_vault_expires_at", vault.c.expires_at, postgresql_where=_expiring, sqlite_where=_expiring)

early_events = Table(
    "early_events",
    metadata,
    text_column("consumer", key=True),
    Column("key", Bytes, primary_key=True),
    text_column("event"),
    text_column("store_id"),
    text_column("amazon_order_id"),
    text_column("message_id"),
    text_column("order_id", nullable=True),
    text_column("headers"),
    Column("body", Bytes, nullable=False),
    text_column("state"),
    instant("due_at"),
    instant("changed_at"),
)
STILL_EARLY = is_word(early_events.c.state, "deferred")
Index(
    "ix_early_events_order",
    early_events.c.store_id,
    early_events.c.amazon_order_id,
    postgresql_where=STILL_EARLY,
    sqlite_where=STILL_EARLY,
)
Index("ix_early_events_due_at", early_events.c.due_at, postgresql_where=STILL_EARLY, sqlite_where=STILL_EARLY)

dead_letters = Table(
    "dead_letters",
    metadata,
    text_column("id", key=True),
    text_column("identity"),
    text_column("letter_type"),
    text_column("consumer"),
    text_column("event"),
    text_column("reason"),
    text_column("fingerprint"),
    text_column("store_id", nullable=True),
    text_column("amazon_order_id", nullable=True),
    text_column("message_id"),
    Column("message_key", Bytes),
    text_column("message_name"),
    text_column("order_id", nullable=True),
    text_column("headers"),
    Column("body", Bytes),
    Column("attempts", Integer, nullable=False),
    instant("first_at"),
    instant("last_at"),
    instant("resolved_at", nullable=True),
    text_column("state"),
    instant("open_since", nullable=True),
    text_column("replaced_by", nullable=True),
    Column("difference", Bytes),
    UniqueConstraint("identity"),
)
Index("ix_dead_letters_order", dead_letters.c.store_id, dead_letters.c.amazon_order_id)
Index("ix_dead_letters_amazon_order_id", dead_letters.c.amazon_order_id)
Index("ix_dead_letters_last_at", dead_letters.c.last_at)
for _found_by in ("state", "letter_type", "store_id", "consumer", "event", "fingerprint"):
    # Lists are sorted by age: with it in the index, a list reads no more letters than it shows.
    Index(f"ix_dead_letters_{_found_by}_last_at", dead_letters.c[_found_by], dead_letters.c.last_at)
Index("ix_dead_letters_message_key", dead_letters.c.message_key)
STILL_WAITING = is_word(dead_letters.c.state, LetterState.OPEN.value)
NEVER_PLACED = (
    is_word(dead_letters.c.letter_type, DeadLetterType.BLOCKED.value)
    & dead_letters.c.message_key.is_not(None)
    & STILL_WAITING
)
"""Letters that wait because their order was never placed."""

dead_letter_causes = Table(
    "dead_letter_causes",
    metadata,
    text_column("letter_id", key=True),
    text_column("kind", key=True),
    text_column("key", key=True),
)
Index("ix_dead_letter_causes_kind_key", dead_letter_causes.c.kind, dead_letter_causes.c.key)

wait_keys = Table(
    "wait_keys",
    metadata,
    text_column("store_id", key=True),
    text_column("amazon_order_id", key=True),
    text_column("wake_key", key=True),
)
Index("ix_wait_keys_wake_key", wait_keys.c.wake_key)

matches = Table(
    "matches", metadata, text_column("store_id", key=True), text_column("seller_sku", key=True), text_column("sku")
)

schedules = Table("schedules", metadata, text_column("job", key=True), instant("last_run_at"))

documents = Table(
    "documents",
    metadata,
    text_column("kind", key=True),
    text_column("key", key=True),
    text_column("document", nullable=True),
)
