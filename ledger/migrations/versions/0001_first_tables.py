"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _where(condition: sa.TextClause) -> dict[str, Any]:
    return {"postgresql_where": condition, "sqlite_where": condition}


def upgrade() -> None:
    """Create all tables."""
    _orders()
    _tables_of_orders()
    _messages()
    _early_events()
    _letters()
    _bookkeeping()


def downgrade() -> None:
    """Drop them, with their rows."""
    for table in (
        "records",
        "schedules",
        "matches",
        "waits",
        "dead_letter_causes",
        "dead_letters",
        "early_events",
        "vault",
        "journal",
        "outbox",
        "inbox",
        "orders",
        "stores",
    ):
        op.drop_table(table)


def _orders() -> None:
    op.create_table(
        "stores",
        _text("store_id"),
        _text("name"),
        _text("document"),
        sa.PrimaryKeyConstraint("store_id", name="pk_stores"),
    )

    op.create_table(
        "orders",
        _text("store_id"),
        _text("amazon_order_id"),
        _number("version"),
        _instant("purchase_date"),
        _instant("last_update_date"),
        _text("status"),
        _text("amazon_status"),
        _text("import_state"),
        sa.Column("completable", sa.Boolean, nullable=False),
        _text("fulfillment_channel"),
        sa.Column("total", sa.BigInteger(), nullable=True),
        _text("currency", nullable=True),
        _text("note"),
        _instant("pending_since", nullable=True),
        _text("document"),
        sa.PrimaryKeyConstraint("store_id", "amazon_order_id", name="pk_orders"),
    )
    op.create_index("ix_orders_amazon_order_id", "orders", ["amazon_order_id"])
    op.create_index(
        "ix_orders_blocked", "orders", ["store_id", "amazon_order_id"], **_where(sa.text("import_state = 'blocked'"))
    )
    op.create_index(
        "ix_orders_completable",
        "orders",
        ["store_id", "amazon_order_id"],
        **_where(sa.text("completable = true")),
    )
    op.create_index("ix_orders_pending", "orders", ["pending_since"], **_where(sa.text("pending_since IS NOT NULL")))
    op.create_index("ix_orders_purchase_date", "orders", ["purchase_date"])


def _tables_of_orders() -> None:
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False)),
        _text("store_id"),
        _text("amazon_order_id"),
        _instant("at"),
        _text("event"),
        _text("note"),
        _text("event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )
    op.create_index("ix_journal_order", "journal", ["store_id", "amazon_order_id"])

    op.create_table(
        "vault",
        _text("store_id"),
        _text("amazon_order_id"),
        _bytes("body"),
        _instant("saved_at"),
        _instant("expires_at", nullable=True),
        sa.PrimaryKeyConstraint("store_id", "amazon_order_id", name="pk_vault"),
    )
    op.create_index("ix_vault_expires_at", "vault", ["expires_at"], **_where(sa.text("expires_at IS NOT NULL")))

    op.create_table(
        "waits",
        _text("store_id"),
        _text("amazon_order_id"),
        _text("wake_key"),
        sa.PrimaryKeyConstraint("store_id", "amazon_order_id", "wake_key", name="pk_waits"),
    )
    op.create_index("ix_waits_wake_key", "waits", ["wake_key"])

    op.create_table(
        "matches",
        _text("store_id"),
        _text("seller_sku"),
        _text("sku"),
        sa.PrimaryKeyConstraint("store_id", "seller_sku", name="pk_matches"),
    )


def _messages() -> None:
    op.create_table(
        "inbox",
        _text("consumer"),
        _bytes("key"),
        _number("epoch"),
        _text("state"),
        _bytes("follow_ups", nullable=True),
        _instant("handled_at"),
        sa.PrimaryKeyConstraint("consumer", "key", name="pk_inbox"),
    )

    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False)),
        _text("message_id"),
        _bytes("key", nullable=True),
        _text("to_consumer"),
        _number("epoch"),
        _number("attempt"),
        _text("name"),
        _text("order_id", nullable=True),
        _text("headers"),
        _bytes("body"),
        _instant("due_at"),
        _instant("created_at"),
        _instant("claimed_until", nullable=True),
        _instant("sent_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint(
            "message_id", "to_consumer", "epoch", "attempt", name="uq_outbox_message_id_to_consumer_epoch_attempt"
        ),
    )
    op.create_index("ix_outbox_sent", "outbox", ["sent_at"], **_where(sa.text("sent_at IS NOT NULL")))
    op.create_index("ix_outbox_unsent", "outbox", ["due_at", "id"], **_where(sa.text("sent_at IS NULL")))


def _early_events() -> None:
    op.create_table(
        "early_events",
        _text("consumer"),
        _bytes("key"),
        _text("event"),
        _text("store_id"),
        _text("amazon_order_id"),
        _text("message_id"),
        _text("order_id", nullable=True),
        _text("headers"),
        _bytes("body"),
        _text("state"),
        _instant("due_at"),
        _instant("changed_at"),
        sa.PrimaryKeyConstraint("consumer", "key", name="pk_early_events"),
    )
    op.create_index("ix_early_events_due_at", "early_events", ["due_at"], **_where(sa.text("state = 'waiting'")))
    op.create_index(
        "ix_early_events_order", "early_events", ["store_id", "amazon_order_id"], **_where(sa.text("state = 'waiting'"))
    )


def _letters() -> None:
    op.create_table(
        "dead_letters",
        _text("id"),
        _text("identity"),
        _text("letter_class"),
        _text("consumer"),
        _text("event"),
        _text("reason"),
        _text("fingerprint"),
        _text("store_id", nullable=True),
        _text("amazon_order_id", nullable=True),
        _text("message_id"),
        _bytes("message_key", nullable=True),
        _text("message_name"),
        _text("order_id", nullable=True),
        _text("headers"),
        _bytes("body", nullable=True),
        _number("attempts"),
        _instant("first_at"),
        _instant("last_at"),
        _instant("settled_at", nullable=True),
        _text("state"),
        sa.PrimaryKeyConstraint("id", name="pk_dead_letters"),
        sa.UniqueConstraint("identity", name="uq_dead_letters_identity"),
    )
    op.create_index("ix_dead_letters_amazon_order_id", "dead_letters", ["amazon_order_id"])
    op.create_index("ix_dead_letters_fingerprint", "dead_letters", ["fingerprint"])
    op.create_index("ix_dead_letters_letter_class", "dead_letters", ["letter_class"])
    op.create_index("ix_dead_letters_message_key", "dead_letters", ["message_key"])
    op.create_index("ix_dead_letters_order", "dead_letters", ["store_id", "amazon_order_id"])
    op.create_index("ix_dead_letters_state_last_at", "dead_letters", ["state", "last_at"])

    op.create_table(
        "dead_letter_causes",
        _text("letter_id"),
        _text("kind"),
        _text("key"),
        sa.PrimaryKeyConstraint("letter_id", "kind", "key", name="pk_dead_letter_causes"),
    )
    op.create_index("ix_dead_letter_causes_kind_key", "dead_letter_causes", ["kind", "key"])


def _bookkeeping() -> None:
    op.create_table(
        "schedules", _text("job"), _instant("last_run_at"), sa.PrimaryKeyConstraint("job", name="pk_schedules")
    )

    op.create_table(
        "records",
        _text("kind"),
        _text("key"),
        _text("document", nullable=True),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_records"),
    )
