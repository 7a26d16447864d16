"""Replays of dead letters, the audit log, wake-ups, and attempts to handle suspected poison messages."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FOUND_BY = ("state", "letter_class", "store_id", "consumer", "event", "fingerprint")


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _row_number(name: str, *args: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), *args, **options)


def upgrade() -> None:
    """Create the tables, and the columns and indexes that lists and edits of dead letters need."""
    _letters()
    _replays()
    _replay_items()
    _audit()
    _wakes()


def downgrade() -> None:
    """Drop them, with their rows."""
    for table in ("attempts", "wakes", "audit", "replay_items", "replays"):
        op.drop_table(table)
    op.drop_index("ix_dead_letters_last_at", "dead_letters")
    for name in _FOUND_BY:
        if name != "state":
            op.drop_index(f"ix_dead_letters_{name}_last_at", "dead_letters")
    op.create_index("ix_dead_letters_letter_class", "dead_letters", ["letter_class"])
    op.create_index("ix_dead_letters_fingerprint", "dead_letters", ["fingerprint"])
    op.drop_column("dead_letters", "difference")
    op.drop_column("dead_letters", "replaced_by")
    op.drop_column("dead_letters", "waiting_since")


def _letters() -> None:
    op.add_column("dead_letters", _instant("waiting_since", nullable=True))
    op.execute("UPDATE dead_letters SET waiting_since = last_at")
    op.add_column("dead_letters", _text("replaced_by", nullable=True))
    op.add_column("dead_letters", sa.Column("difference", sa.LargeBinary(), nullable=True))
    op.drop_index("ix_dead_letters_letter_class", "dead_letters")
    op.drop_index("ix_dead_letters_fingerprint", "dead_letters")
    op.create_index("ix_dead_letters_last_at", "dead_letters", ["last_at"])
    for name in _FOUND_BY:
        if name != "state":
            op.create_index(f"ix_dead_letters_{name}_last_at", "dead_letters", [name, "last_at"])


def _replays() -> None:
    op.create_table(
        "replays",
        _text("id"),
        _text("who"),
        _text("why"),
        _text("selection"),
        _instant("cutoff"),
        _number("planned"),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("ramp", sa.Boolean(), nullable=False),
        sa.Column("stop_share", sa.Float(), nullable=False),
        _text("state"),
        _text("reason"),
        _instant("started_at"),
        _instant("resumed_at"),
        _instant("next_at"),
        _number("stage"),
        _number("budget", nullable=True),
        _text("lease_owner", nullable=True),
        _instant("lease_until", nullable=True),
        _instant("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_replays"),
    )
    op.create_index("ix_replays_started_at", "replays", ["started_at"])


def _replay_items() -> None:
    op.create_table(
        "replay_items",
        _text("id"),
        _text("replay_id"),
        _text("letter_id"),
        _number("position"),
        _text("state"),
        _text("outcome"),
        _instant("sent_at", nullable=True),
        _instant("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_replay_items"),
    )
    held = sa.text("state = 'claimed' OR state = 'sent'")
    op.create_index(
        "ix_replay_items_held", "replay_items", ["letter_id"], unique=True, postgresql_where=held, sqlite_where=held
    )
    op.create_index("ix_replay_items_replay", "replay_items", ["replay_id", "state", "position"])


def _audit() -> None:
    op.create_table(
        "audit",
        _row_number("id", sa.Identity(always=False)),
        _instant("at"),
        _text("who"),
        _text("action"),
        _text("subject"),
        _text("why"),
        _text("details"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"])


def _wakes() -> None:
    op.create_table(
        "wakes",
        _text("wake_key"),
        _row_number("number", nullable=False),
        _instant("at"),
        sa.PrimaryKeyConstraint("wake_key", name="pk_wakes"),
    )
    op.create_index("ix_wakes_number", "wakes", ["number"])
    op.create_table(
        "attempts",
        _text("consumer"),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        _text("process"),
        _instant("since"),
        sa.PrimaryKeyConstraint("consumer", "key", "process", name="pk_attempts"),
    )
