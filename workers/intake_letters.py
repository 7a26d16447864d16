"""Dead letters of the intakes: reports of Amazon and Commerce that cannot be read, or are no events."""

import json
from collections.abc import Mapping
from typing import Any

from events.large_bodies import body_digest
from ledger.unit_of_work import UnitOfWork
from schemas.dead_letters import DeadLetterType, NewLetter, message_identity
from schemas.message import Message
from schemas.order import OrderKey

INTAKE, COMMERCE_INTAKE = "amazon-intake", "commerce-intake"
"""Stand for the consumers of reports from Amazon and from Commerce."""

NOTIFICATION, ORDER, COMMERCE_EVENT, SHIPMENT = (
    "amazon.notification",
    "amazon.order",
    "commerce.event",
    "commerce.shipment",
)
"""Stand for the event of a letter: documents of Amazon and Commerce have none of ours."""


def save_unreadable(work: UnitOfWork, body: str, reason: str) -> None:
    """Save a notification that cannot be read, with its body; the same one twice is one letter."""
    _save(work, Message(id="", name=NOTIFICATION, body=body.encode(errors="surrogatepass")), reason, None)


def save_unreadable_commerce_event(work: UnitOfWork, body: bytes, reason: str) -> None:
    """Save a report of Commerce's that cannot be read, with its body; the same twice is one letter."""
    _save(work, Message(id="", name=COMMERCE_EVENT, body=body), reason, None, COMMERCE_INTAKE)


def save_unusable_shipment(
    work: UnitOfWork, key: OrderKey | None, shipment_id: int, document: Mapping[str, Any], reason: str
) -> None:
    """Save a shipment that is no event of ours."""
    body = json.dumps({"shipment_id": shipment_id, **document}, default=str).encode()
    order_id = key[1] if key else None
    _save(work, Message(id="", name=SHIPMENT, body=body, order_id=order_id), reason, key, COMMERCE_INTAKE)


def save_unusable_order(work: UnitOfWork, key: OrderKey, document: Mapping[str, Any], reason: str) -> None:
    """Save an order of Amazon's that is no event; its body is stored under the order's data key."""
    body = json.dumps(document, default=str).encode()
    _save(work, Message(id="", name=ORDER, body=body, order_id=key[1], person=key), reason, key)


def _save(work: UnitOfWork, message: Message, reason: str, order: OrderKey | None, consumer: str = INTAKE) -> None:
    letter = NewLetter(
        identity=message_identity(consumer, body_digest(message)),
        letter_type=DeadLetterType.UNREADABLE,
        consumer=consumer,
        event=message.name,
        reason=reason,
        message=message,
        order=order,
    )
    work.dead_letters.save([letter])
