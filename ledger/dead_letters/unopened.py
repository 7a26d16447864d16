"""Stored messages that cannot be opened: damaged, or encrypted with a key that is gone. Each gets a dead letter.

The message stays stored where it is, and its neighbours go on. Once the key is back, it goes on as well, and its letter
is resolved.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from ledger.dead_letters.letters import DeadLetters
from ledger.errors import CipherError
from ledger.tables.dead_letters import OPEN, dead_letters
from ledger.tables.messages import outbox
from ledger.tables.metadata import equals_literal
from ledger.transaction import Transaction
from schemas.dead_letters import DeadLetterType, LetterState, NewLetter
from schemas.message import Message
from schemas.order import OrderKey

RELAY = "relay"
"""Stands for the consumer of a message of the outbox that is for no consumer alone."""

_PREFIX = "unopened/"
_OUTBOX = f"{_PREFIX}outbox/"
_OPEN_UNREADABLE = OPEN & equals_literal(dead_letters.c.letter_type, DeadLetterType.UNREADABLE.value)


@dataclass(frozen=True, slots=True)
class UnopenedMessage:
    """A stored message that cannot be opened: its place, its readable columns, and the reason."""

    identity: str
    consumer: str
    event: str
    message_id: str
    order: OrderKey | None
    error: CipherError


def in_outbox(outbox_id: int) -> str:
    """Return the identity of the letter of a message in the outbox."""
    return f"{_OUTBOX}{outbox_id}"


def deferred(consumer: str, key: bytes) -> str:
    """Return the identity of the letter of a deferred event."""
    return f"{_PREFIX}early_events/{consumer}/{key.hex()}"


def reason(error: CipherError) -> str:
    """Return the failure and its remedy, in a sentence."""
    return (
        f"A stored message cannot be opened. {error} If its key is known, add it to the keys given, and the message"
        " goes on within minutes; else have its source publish it again, and discard this letter."
    )


def set_aside(tx: Transaction, messages: Sequence[UnopenedMessage]) -> None:
    """Save a letter for each message, once."""
    if not messages:
        return
    query = select(dead_letters.c.identity).where(
        dead_letters.c.identity.in_([message.identity for message in messages]),
        dead_letters.c.state != LetterState.RESOLVED.value,
    )
    saved = set(tx.connection.execute(query).scalars())
    DeadLetters(tx).save([_letter(message) for message in messages if message.identity not in saved])


@dataclass(frozen=True, slots=True)
class UnopenedMessages:
    """The letters of stored messages that cannot be opened, in one transaction."""

    tx: Transaction

    def count(self) -> int:
        """Return how many there are."""
        letters = select(func.count()).select_from(dead_letters)
        return self.tx.connection.execute(letters.where(_OPEN_UNREADABLE, _is_of(_PREFIX))).scalar_one()

    def resolve_sent(self) -> int:
        """Resolve the letters of messages of the outbox that were sent meanwhile, or are gone; return how many."""
        letters = select(dead_letters.c.identity).where(_OPEN_UNREADABLE, _is_of(_OUTBOX))
        ids = {int(identity.removeprefix(_OUTBOX)) for identity in self.tx.connection.execute(letters).scalars()}
        unsent = select(outbox.c.id).where(outbox.c.sent_at.is_(None), outbox.c.id.in_(ids))
        sent = ids - set(self.tx.connection.execute(unsent).scalars())
        DeadLetters(self.tx).resolve([in_outbox(outbox_id) for outbox_id in sent])
        return len(sent)


def _is_of(prefix: str) -> ColumnElement[bool]:
    return dead_letters.c.identity.startswith(prefix, autoescape=True)


def _letter(message: UnopenedMessage) -> NewLetter:
    return NewLetter(
        identity=message.identity,
        letter_type=DeadLetterType.UNREADABLE,
        consumer=message.consumer,
        event=message.event,
        reason=reason(message.error),
        message=Message(message.message_id, message.event, b"", headers={"size": 0, "sha256": ""}),
        order=message.order,
    )
