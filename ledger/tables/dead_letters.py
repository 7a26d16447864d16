"""The tables of dead letters: letters, their causes, the audit log and attempts at suspected poison messages."""

from sqlalchemy import Column, Identity, Index, Integer, Table, UniqueConstraint

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
    UniqueConstraint("identity"),
)
Index("ix_dead_letters_order", dead_letters.c.store_id, dead_letters.c.amazon_order_id)
Index("ix_dead_letters_amazon_order_id", dead_letters.c.amazon_order_id)
Index("ix_dead_letters_last_at", dead_letters.c.last_at)
for _filtered_by in ("state", "letter_type", "store_id", "consumer", "event", "fingerprint"):
    # Lists are sorted by age: with it in the index, a list reads no more letters than it shows.
    Index(f"ix_dead_letters_{_filtered_by}_last_at", dead_letters.c[_filtered_by], dead_letters.c.last_at)
Index("ix_dead_letters_message_key", dead_letters.c.message_key)

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
Index("ix_dead_letter_causes_kind_key", dead_letter_causes.c.kind, dead_letter_causes.c.key)

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
Index("ix_audit_log_subject", audit_log.c.subject)
Index("ix_audit_log_action", audit_log.c.action, audit_log.c.id)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    text_column("consumer", key=True),
    Column("key", Bytes, primary_key=True),
    text_column("process", key=True),
    instant_column("since"),
)
