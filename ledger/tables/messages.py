"""The tables of messages: inbox, outbox, early events and publishers."""

from sqlalchemy import Column, Identity, Integer, Table, UniqueConstraint, literal_column

from ledger.tables.columns import Bytes, RowNumber
from ledger.tables.metadata import equals_literal, instant_column, metadata, text_column

inbox = Table(
    "inbox",
    metadata,
    text_column("consumer", key=True),
    Column("key", Bytes, primary_key=True),
    Column("epoch", Integer, nullable=False),
    text_column("state"),
    Column("follow_ups", Bytes),
    instant_column("handled_at"),
    Column("digest", Bytes),
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
    text_column("store_id", nullable=True),
    text_column("headers"),
    Column("body", Bytes, nullable=False),
    instant_column("due_at"),
    instant_column("created_at"),
    instant_column("claimed_until", nullable=True),
    instant_column("sent_at", nullable=True),
    Column("refusals", Integer, nullable=False, server_default="0"),
    UniqueConstraint("message_id", "to_consumer", "epoch", "attempt"),
)
REFUSED = outbox.c.sent_at.is_(None) & (outbox.c.refusals > literal_column("0"))
"""Unsent messages that the broker has refused."""


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
    instant_column("due_at"),
    instant_column("changed_at"),
)
DEFERRED = equals_literal(early_events.c.state, "deferred")
UNOPENED = equals_literal(early_events.c.state, "unopened")
"""Deferred events that cannot be opened."""
NEEDS_STORE = equals_literal(early_events.c.state, "needs_store")
UNFINISHED = equals_literal(early_events.c.state, "deferred", "needs_store")
"""Events that are still deferred: for their order, or for their store, which nobody has added."""


publishers = Table("publishers", metadata, text_column("account", key=True), text_column("document"))
