"""Rows of dead letters: their ids, fingerprints and encrypted messages."""

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row

from ledger.dead_letters.cause_sets import dump_causes
from ledger.errors import CipherError, LetterBodyGoneError
from ledger.messages.codec import dump_headers, load_headers
from ledger.orders import data_keys
from ledger.sql.rows import Values
from ledger.transaction import Transaction
from schemas.blockers import Cause
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterState, NewLetter
from schemas.message import UNKNOWN, Message
from schemas.order import OrderKey
from schemas.personal import person_of

NAMESPACE = UUID("0b5f2c34-91d7-5e0e-8a55-3f0f4f6b9d21")
"""Namespace of the ids of letters, made from their identities."""


def letter_id(identity: str) -> str:
    """Return the id of the letter of this identity."""
    return str(uuid5(NAMESPACE, identity))


def body_context(letter_id: str) -> str:
    """Return the context in which a letter's body is encrypted."""
    return f"dead_letters/{letter_id}/body"


def new_letter_row(tx: Transaction, letter: NewLetter) -> Values:
    """Return the row of a letter that is new and open; its message's body is encrypted."""
    row_id = letter_id(letter.identity)
    message = letter.message
    store_id, amazon_order_id = letter.order or (None, None)
    return {
        "id": row_id,
        "identity": letter.identity,
        "letter_type": letter.letter_type.value,
        "consumer": letter.consumer,
        "event": letter.event,
        "reason": letter.reason,
        "fingerprint": _fingerprint(letter),
        "store_id": store_id,
        "amazon_order_id": amazon_order_id,
        "message_id": message.id,
        "message_key": letter.message_key,
        "message_name": message.name,
        "order_id": message.order_id,
        "headers": dump_headers(message.headers),
        "body": data_keys.encrypt(tx, message.body, body_context(row_id), person_of(letter.event, letter.order)),
        "attempts": 1,
        "first_at": tx.now,
        "last_at": tx.now,
        "resolved_at": None,
        "open_since": tx.now,
        "state": LetterState.OPEN.value,
        "publisher": None if message.publisher == UNKNOWN else message.publisher,
        "source": letter.source,
        "cause_set": dump_causes(letter.causes),
    }


def read_letter(row: Row[Any], causes: Iterable[Cause]) -> DeadLetter:
    """Return the letter of a row, without its message."""
    return DeadLetter(
        id=row.id,
        letter_type=DeadLetterType(row.letter_type),
        consumer=row.consumer,
        event=row.event,
        reason=row.reason,
        store_id=row.store_id,
        amazon_order_id=row.amazon_order_id,
        causes=tuple(sorted(causes, key=lambda cause: (cause.kind, cause.key))),
        attempts=row.attempts,
        first_at=row.first_at,
        last_at=row.last_at,
        state=LetterState(row.state),
        fingerprint=row.fingerprint,
        replaced_by=row.replaced_by,
        publisher=row.publisher,
        source=row.source,
    )


def person_of_row(row: Row[Any] | DeadLetter) -> OrderKey | None:
    """Return the order with whose data key a letter's message is stored, None without one."""
    if row.store_id is None or row.amazon_order_id is None:
        return None
    return person_of(row.event, (row.store_id, row.amazon_order_id))


def read_message(tx: Transaction, row: Row[Any]) -> Message:
    """Return the message of a letter's row, decrypted. Raises LetterBodyGoneError, CipherError."""
    if row.body is None:
        raise LetterBodyGoneError(f"Dead letter {row.id} has ended; its message is no longer stored.")
    person = person_of_row(row)
    data_keys.look_up(tx, [person] if person else [])
    body = data_keys.decrypt(tx, row.body, body_context(row.id), person)
    headers = load_headers(row.headers)
    return Message(row.message_id, row.message_name, body, row.order_id, headers=headers, key=row.message_key)


def read_messages(tx: Transaction, rows: Sequence[Row[Any]]) -> tuple[dict[str, Message], dict[str, str]]:
    """Return the messages of letters' rows by the letters' ids, and why the others cannot be opened, row by row."""
    data_keys.look_up(tx, (person for row in rows if (person := person_of_row(row))))
    messages: dict[str, Message] = {}
    reasons: dict[str, str] = {}
    for row in rows:
        try:
            messages[row.id] = read_message(tx, row)
        except (LetterBodyGoneError, CipherError) as error:
            reasons[row.id] = str(error)
    return messages, reasons


def _fingerprint(letter: NewLetter) -> str:
    """Return the fingerprint of a failure: a digest of type, consumer, event, and the reason without its numbers."""
    reason = re.sub(r"\b[0-9a-f]{64}\b|\d+", "#", letter.reason)
    common = (letter.letter_type.value, letter.consumer, letter.event, reason)
    return blake2b("\n".join(common).encode(), digest_size=8).hexdigest()
