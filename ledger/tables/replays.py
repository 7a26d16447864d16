"""The tables of replays, of the audit, of wake-ups and of attempts at messages that may have killed a process."""

from sqlalchemy import Boolean, Column, Float, Identity, Index, Integer, Table

from ledger.tables.columns import Bytes, RowNumber
from ledger.tables.core import instant, is_word, metadata, text_column
from schemas.replays import ItemState

replays = Table(
    "replays",
    metadata,
    text_column("id", key=True),
    text_column("who"),
    text_column("why"),
    text_column("selection"),
    instant("cutoff"),
    Column("planned", Integer, nullable=False),
    Column("rate", Float, nullable=False),
    Column("ramp", Boolean, nullable=False),
    Column("stop_share", Float, nullable=False),
    text_column("state"),
    text_column("reason"),
    instant("started_at"),
    instant("resumed_at"),
    instant("next_at"),
    Column("stage", Integer, nullable=False),
    Column("budget", Integer),
    text_column("lease_owner", nullable=True),
    instant("lease_until", nullable=True),
    instant("ended_at", nullable=True),
)
Index("ix_replays_started_at", replays.c.started_at)

replay_items = Table(
    "replay_items",
    metadata,
    text_column("id", key=True),
    text_column("replay_id"),
    text_column("letter_id"),
    Column("position", Integer, nullable=False),
    text_column("state"),
    text_column("outcome"),
    instant("sent_at", nullable=True),
    instant("ended_at", nullable=True),
)
HELD = is_word(replay_items.c.state, ItemState.CLAIMED.value, ItemState.SENT.value)
"""A letter in one of these states belongs to one replay and to no other."""

Index(
    "ix_replay_items_held",
    replay_items.c.letter_id,
    unique=True,
    postgresql_where=HELD,
    sqlite_where=HELD,
)
Index("ix_replay_items_replay", replay_items.c.replay_id, replay_items.c.state, replay_items.c.position)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", RowNumber, Identity(always=False), primary_key=True),
    instant("at"),
    text_column("who"),
    text_column("action"),
    text_column("subject"),
    text_column("why"),
    text_column("details"),
)
Index("ix_audit_log_subject", audit_log.c.subject)

wake_ups = Table(
    "wake_ups",
    metadata,
    text_column("wake_key", key=True),
    Column("number", RowNumber, nullable=False),
    instant("at"),
)
Index("ix_wake_ups_number", wake_ups.c.number)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    text_column("consumer", key=True),
    Column("key", Bytes, primary_key=True),
    text_column("process", key=True),
    instant("since"),
)
