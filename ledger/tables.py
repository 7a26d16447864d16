"""Every table, as SQLAlchemy Core. Hot tables carry few indexes on purpose: each one costs every write."""

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    or_,
)

from ledger.columns import Millionths, RowNumber, UtcDateTime
from schemas.status import ImportState

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *, key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, UtcDateTime, nullable=nullable)


stores = Table("stores", metadata, _text("store_id", key=True), _text("name"), _text("document"))

orders = Table(
    "orders",
    metadata,
    _text("store_id", key=True),
    _text("amazon_order_id", key=True),
    Column("version", Integer, nullable=False),
    _instant("purchase_date"),
    _instant("last_update_date"),
    _text("status"),
    _text("amazon_status"),
    _text("import_state"),
    Column("completable", Boolean, nullable=False),
    _text("fulfillment_channel"),
    Column("total", Millionths),
    _text("currency", nullable=True),
    _text("note"),
    _instant("pending_since", nullable=True),
    _text("document"),
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
    _text("consumer", key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("epoch", Integer, nullable=False),
    _text("state"),
    Column("follow_ups", LargeBinary),
    _instant("handled_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowNumber, Identity(always=False), primary_key=True),
    _text("message_id"),
    Column("key", LargeBinary),
    _text("to_consumer"),
    Column("epoch", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    _text("name"),
    _text("order_id", nullable=True),
    _text("headers"),
    Column("body", LargeBinary, nullable=False),
    _instant("due_at"),
    _instant("created_at"),
    _instant("claimed_until", nullable=True),
    _instant("sent_at", nullable=True),
    UniqueConstraint("message_id", "to_consumer", "epoch", "attempt"),
)

_unsent = outbox.c.sent_at.is_(None)
_sent = outbox.c.sent_at.is_not(None)
Index("ix_outbox_unsent", outbox.c.due_at, outbox.c.id, postgresql_where=_unsent, sqlite_where=_unsent)
Index("ix_outbox_sent", outbox.c.sent_at, postgresql_where=_sent, sqlite_where=_sent)

journal = Table(
    "journal",
    metadata,
    Column("id", RowNumber, Identity(always=False), primary_key=True),
    _text("store_id"),
    _text("amazon_order_id"),
    _instant("at"),
    _text("event"),
    _text("note"),
    _text("event_id"),
)
Index("ix_journal_order", journal.c.store_id, journal.c.amazon_order_id)

vault = Table(
    "vault",
    metadata,
    _text("store_id", key=True),
    _text("amazon_order_id", key=True),
    Column("body", LargeBinary, nullable=False),
    _instant("saved_at"),
    _instant("expires_at", nullable=True),
)
_expiring = vault.c.expires_at.is_not(None)
Index("ix_vault_expires_at", vault.c.expires_at, postgresql_where=_expiring, sqlite_where=_expiring)

early_events = Table(
    "early_events",
    metadata,
    _text("consumer", key=True),
    Column("key", LargeBinary, primary_key=True),
    _text("event"),
    _text("store_id"),
    _text("amazon_order_id"),
    _text("message_id"),
    _text("order_id", nullable=True),
    _text("headers"),
    Column("body", LargeBinary, nullable=False),
    _text("state"),
    _instant("due_at"),
    _instant("changed_at"),
)
STILL_EARLY = is_word(early_events.c.state, "waiting")
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
    _text("id", key=True),
    _text("identity"),
    _text("letter_class"),
    _text("consumer"),
    _text("event"),
    _text("reason"),
    _text("fingerprint"),
    _text("store_id", nullable=True),
    _text("amazon_order_id", nullable=True),
    _text("message_id"),
    Column("message_key", LargeBinary),
    _text("message_name"),
    _text("order_id", nullable=True),
    _text("headers"),
    Column("body", LargeBinary),
    Column("attempts", Integer, nullable=False),
    _instant("first_at"),
    _instant("last_at"),
    _instant("settled_at", nullable=True),
    _text("state"),
    UniqueConstraint("identity"),
)
Index("ix_dead_letters_state_last_at", dead_letters.c.state, dead_letters.c.last_at)
Index("ix_dead_letters_letter_class", dead_letters.c.letter_class)
Index("ix_dead_letters_order", dead_letters.c.store_id, dead_letters.c.amazon_order_id)
Index("ix_dead_letters_amazon_order_id", dead_letters.c.amazon_order_id)
Index("ix_dead_letters_fingerprint", dead_letters.c.fingerprint)
Index("ix_dead_letters_message_key", dead_letters.c.message_key)

dead_letter_causes = Table(
    "dead_letter_causes",
    metadata,
    _text("letter_id", key=True),
    _text("kind", key=True),
    _text("key", key=True),
)
Index("ix_dead_letter_causes_kind_key", dead_letter_causes.c.kind, dead_letter_causes.c.key)

waits = Table(
    "waits",
    metadata,
    _text("store_id", key=True),
    _text("amazon_order_id", key=True),
    _text("wake_key", key=True),
)
Index("ix_waits_wake_key", waits.c.wake_key)

matches = Table("matches", metadata, _text("store_id", key=True), _text("seller_sku", key=True), _text("sku"))

schedules = Table("schedules", metadata, _text("job", key=True), _instant("last_run_at"))

records = Table(
    "records",
    metadata,
    _text("kind", key=True),
    _text("key", key=True),
    _text("document", nullable=True),
)
