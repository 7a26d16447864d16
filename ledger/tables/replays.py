"""The tables of replays: each replay, and each of its letters with its outcome."""

from sqlalchemy import Boolean, Column, Float, Integer, Table

from ledger.tables.metadata import equals_literal, instant_column, metadata, text_column
from schemas.replays import ItemState

replays = Table(
    "replays",
    metadata,
    text_column("id", key=True),
    text_column("who"),
    text_column("why"),
    text_column("selection"),
    instant_column("cutoff"),
    Column("planned", Integer, nullable=False),
    Column("rate", Float, nullable=False),
    Column("ramp", Boolean, nullable=False),
    Column("stop_share", Float, nullable=False),
    text_column("state"),
    text_column("reason"),
    instant_column("started_at"),
    instant_column("resumed_at"),
    instant_column("next_at"),
    Column("stage", Integer, nullable=False),
    Column("budget", Integer),
    text_column("lease_owner", nullable=True),
    instant_column("lease_until", nullable=True),
    instant_column("ended_at", nullable=True),
)

replay_items = Table(
    "replay_items",
    metadata,
    text_column("id", key=True),
    text_column("replay_id"),
    text_column("letter_id"),
    Column("position", Integer, nullable=False),
    text_column("state"),
    text_column("outcome"),
    instant_column("sent_at", nullable=True),
    instant_column("ended_at", nullable=True),
)
CLAIMED_OR_SENT = equals_literal(replay_items.c.state, ItemState.CLAIMED.value, ItemState.SENT.value)
"""A letter in one of these states belongs to one replay and to no other."""
