"""The outbox: what is to be said that no delivery caused, now or when it is due; kept as a log once it was said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select

from ledger.errors import CipherError
from ledger.messages.codec import dump_headers, load_headers
from ledger.sql.rows import Values, update_rows, write_rows
from ledger.sql.statements import KeyUpdate, Upsert
from ledger.tables.core import outbox
from ledger.transaction import Transaction
from schemas.message import Message


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this relay alone may say until its claim runs out."""

    outbox_id: int
    message: Message


OnUndecryptable = Callable[[CipherError], object]
"""Is told why a message cannot be opened: it was sealed with a key that this process has not, or damaged."""

_PUT = Upsert(outbox, returning=("id",))
_ROW = KeyUpdate(outbox, ("id",))


@dataclass(frozen=True, slots=True)
class Outbox:
    """Messages to be published, in one transaction."""

    tx: Transaction

    def put(self, messages: Sequence[Message], due_at: datetime | None = None) -> int:
        """Add messages, due now unless *due_at* says later, and return how many were not in it yet."""
        rows = [_row(self.tx, message, due_at or self.tx.now) for message in messages]
        return len(write_rows(self.tx.connection, _PUT, rows))

    def claim_due(self, limit: int, lease: timedelta, refused: OnUndecryptable | None = None) -> list[Claimed]:
        """Claim at most *most* unsaid messages that are due, in due order; what other relays claim is left out.

        *refused* is told why one cannot be opened; it is looked at again after *lease*. Without it, raises CipherError.
        """
        free = or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= self.tx.now)
        due = (
            select(outbox)
            .where(outbox.c.sent_at.is_(None), outbox.c.due_at <= self.tx.now, free)
            .order_by(outbox.c.due_at, outbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = self.tx.connection.execute(due).all()
        _set(self.tx, [row.id for row in rows], {"claimed_until": self.tx.now + lease})
        return [claimed for row in rows if (claimed := _opened(self.tx, row, refused))]

    def mark_sent(self, ids: Sequence[int]) -> None:
        """Record that these messages were said and confirmed."""
        _set(self.tx, ids, {"sent_at": self.tx.now, "claimed_until": None})

    def unclaim(self, ids: Sequence[int]) -> None:
        """Give up a claim, so that the messages are due again at once."""
        _set(self.tx, ids, {"claimed_until": None})

    def resend(self, ids: Sequence[int]) -> None:
        """Make messages that were said due again, now."""
        _set(self.tx, ids, {"sent_at": None, "claimed_until": None, "due_at": self.tx.now})

    def next_due(self) -> datetime | None:
        """Return when the next unsaid message is due, past or future, or nothing when all is said."""
        return self.tx.connection.execute(select(func.min(outbox.c.due_at)).where(outbox.c.sent_at.is_(None))).scalar()


def _set(tx: Transaction, ids: Sequence[int], values: Values) -> None:
    update_rows(tx.connection, _ROW, [{"id": row_id, **values} for row_id in sorted(ids)])


def _row(tx: Transaction, message: Message, due_at: datetime) -> Values:
    to = message.to or ""
    return {
        "message_id": message.id,
        "key": message.key,
        "to_consumer": to,
        "epoch": message.epoch,
        "attempt": message.attempt,
        "name": message.name,
        "order_id": message.order_id,
        "headers": dump_headers(message.headers),
        "body": tx.cipher.encrypt(message.body, _context(message.id, to, message.epoch, message.attempt)),
        "due_at": due_at,
        "created_at": tx.now,
    }


def _opened(tx: Transaction, row: Row[Any], refused: OnUndecryptable | None) -> Claimed | None:
    try:
        return Claimed(row.id, _message(tx, row))
    except CipherError as error:
        if refused is None:
            raise
        refused(error)
        return None


def _message(tx: Transaction, row: Row[Any]) -> Message:
    context = _context(row.message_id, row.to_consumer, row.epoch, row.attempt)
    return Message(
        id=row.message_id,
        name=row.name,
        body=tx.cipher.decrypt(row.body, context),
        order_id=row.order_id,
        to=row.to_consumer or None,
        headers=load_headers(row.headers),
        key=row.key,
    )


def _context(message_id: str, to: str, epoch: int, attempt: int) -> str:
    return f"outbox/{message_id}/{to}/{epoch}/{attempt}/body"
