"""Dead letters of the intake: notifications that cannot be read, and orders that Amazon will not tell."""

import json
from collections.abc import Mapping
from typing import Any

from events.large_bodies import body_digest
from ledger.unit_of_work import UnitOfWork
from schemas.dead_letters import DeadLetterType, NewLetter, message_identity
from schemas.message import Message
from schemas.order import OrderKey

INTAKE = "amazon-intake"
"""Stands for the consumer of what comes from Amazon."""

NOTIFICATION, ORDER = "amazon.notification", "amazon.order"
"""Stand for the event of a letter: Amazon's documents have none."""


def save_unreadable(work: UnitOfWork, body: str, reason: str) -> None:
    """Save a notification that cannot be read, with its body; the same one twice is one letter."""
    _save(work, Message(id="", name=NOTIFICATION, body=body.encode(errors="surrogatepass")), reason, None)


def save_unusable_order(work: UnitOfWork, key: OrderKey, document: Mapping[str, Any], reason: str) -> None:
    """Save an order of Amazon's that is no event; its body is stored under the order's data key."""
    body = json.dumps(document, default=str).encode()
    _save(work, Message(id="", name=ORDER, body=body, order_id=key[1], person=key), reason, key)


def _save(work: UnitOfWork, message: Message, reason: str, order: OrderKey | None) -> None:
    letter = NewLetter(
        identity=message_identity(INTAKE, body_digest(message)),
        letter_type=DeadLetterType.UNREADABLE,
        consumer=INTAKE,
        event=message.name,
        reason=reason,
        message=message,
        order=order,
    )
    work.dead_letters.save([letter])
