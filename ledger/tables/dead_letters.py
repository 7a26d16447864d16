"""The tables of dead letters: letters, their causes, the audit log and attempts at suspected poison messages."""

from sqlalchemy import Column, Identity, Integer, Table, UniqueConstraint

from ledger.tables.columns import Bytes, RowNumber
from ledger.tables.metadata import equals_literal, instant_column, metadata, text_column
from schemas.dead_letters import DeadLetterType, LetterState

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
    instant_column("first_at"),
    instant_column("last_at"),
    instant_column("resolved_at", nullable=True),
    text_column("state"),
    instant_column("open_since", nullable=True),
    text_column("replaced_by", nullable=True),
    Column("difference", Bytes),
    text_column("publisher", nullable=True),
    text_column("source", nullable=True),
    text_column("cause_set", nullable=True),
    UniqueConstraint("identity"),
)

OPEN = equals_literal(dead_letters.c.state, LetterState.OPEN.value)
OPEN_NEVER_PLACED = (
    equals_literal(dead_letters.c.letter_type, DeadLetterType.BLOCKED.value)
    & dead_letters.c.message_key.is_not(None)
    & OPEN
)
"""Open letters of messages whose order was never placed. The letter of a blocked order has no message key."""

dead_letter_causes = Table(
    "dead_letter_causes",
    metadata,
    text_column("letter_id", key=True),
    text_column("kind", key=True),
    text_column("key", key=True),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", RowNumber, Identity(always=False), primary_key=True),
    instant_column("at"),
    text_column("who"),
    text_column("action"),
    text_column("subject"),
    text_column("why"),
    text_column("details"),
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    text_column("consumer", key=True),
    Column("key", Bytes, primary_key=True),
    text_column("process", key=True),
    instant_column("since"),
)
