"""The outbox: messages to be published that no delivery caused, now or when they are due; a log once published."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select, update

from ledger.dead_letters.unopened import RELAY, UnopenedMessage, in_outbox, set_aside
from ledger.errors import CipherError
from ledger.messages.codec import dump_headers, load_headers
from ledger.orders import data_keys
from ledger.sql.rows import Values, chunks, fetch_by_keys, update_rows, write_rows
from ledger.sql.statements import Excluded, KeySelect, KeyUpdate, Upsert
from ledger.tables.messages import outbox
from ledger.transaction import Transaction
from schemas.message import Message
from schemas.order import OrderKey


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this relay alone may publish until its claim expires."""

    outbox_id: int
    message: Message
    refusals: int


OnUnopened = Callable[[CipherError], object]
"""Called with the reason when a message cannot be decrypted: a key that this process does not have, or damage."""

_PUT = Upsert(outbox, returning=("id",))
_FIND = KeySelect(outbox, ("id",), tuple(column.name for column in outbox.columns))


def _due_again(new: Excluded) -> Values:
    return {name: new[name] for name in ("order_id", "store_id", "headers", "body", "due_at")} | {
        "sent_at": None,
        "claimed_until": None,
    }


_SCHEDULE = Upsert(
    outbox,
    keys=("message_id", "to_consumer", "epoch", "attempt"),
    change=_due_again,
    only_if=lambda _: outbox.c.sent_at.is_not(None),
)
_ROW = KeyUpdate(outbox, ("id",))


@dataclass(frozen=True, slots=True)
class Outbox:
    """Messages to be published, in one transaction."""

    tx: Transaction

    def put(self, messages: Sequence[Message], due_at: datetime | None = None, refusals: int = 0) -> int:
        """Add messages, due now or at *due_at*. Returns how many were not in the outbox yet.

        *refusals* counts how often the broker refused them, which `ledger.messages.refused` looks after.
        """
        data_keys.make_missing(self.tx, (message.person for message in messages if message.person))
        rows = [_row(self.tx, message, due_at or self.tx.now) for message in messages]
        return len(write_rows(self.tx.connection, _PUT, [{**row, "refusals": refusals} for row in rows]))

    def schedule(self, message: Message, due_at: datetime) -> None:
        """Have a message sent at *due_at*, even one that was sent before; one that has yet to be sent stays as it is.

        A delivery that is repeated, or resent because its retry was lost, is deferred as the same attempt once more.
        """
        data_keys.make_missing(self.tx, [message.person] if message.person else [])
        write_rows(self.tx.connection, _SCHEDULE, [_row(self.tx, message, due_at)])

    def claim_due(self, limit: int, lease: timedelta, on_unopened: OnUnopened = lambda _: None) -> list[Claimed]:
        """Claim at most *limit* unsent messages that are due, in due order; those that others claim are left out.

        Of large ones fewer are claimed, up to `CHUNK_BYTES`.

        A message that cannot be decrypted becomes a dead letter, is reported to *on_unopened*, left out, and due again
        after *lease*.
        """
        is_free = or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= self.tx.now)
        due = (
            select(outbox.c.id, func.length(outbox.c.body).label("size"))
            .where(outbox.c.sent_at.is_(None), outbox.c.due_at <= self.tx.now, is_free)
            .order_by(outbox.c.due_at, outbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = [row.id for row in next(chunks(self.tx.connection.execute(due).all()), ())]
        self._set(ids, {"claimed_until": self.tx.now + lease})
        rows = sorted(
            fetch_by_keys(self.tx.connection, _FIND, [(row_id,) for row_id in sorted(ids)]),
            key=lambda row: (row.due_at, row.id),
        )
        data_keys.look_up(self.tx, (person for row in rows if (person := _person(row))))
        claimed: list[Claimed] = []
        unopened: list[UnopenedMessage] = []
        for row in rows:
            try:
                claimed.append(Claimed(row.id, _message(self.tx, row), row.refusals))
            except CipherError as error:
                on_unopened(error)
                unopened.append(_unopened(row, error))
        set_aside(self.tx, unopened)
        return claimed

    def mark_sent(self, ids: Sequence[int]) -> None:
        """Record that these messages were published and confirmed."""
        self._set(ids, {"sent_at": self.tx.now, "claimed_until": None})

    def unclaim(self, ids: Sequence[int]) -> None:
        """Release a claim: the messages are due again at once."""
        self._set(ids, {"claimed_until": None})

    def resend(self, ids: Sequence[int]) -> None:
        """Make sent messages due again, now."""
        self._set(ids, {"sent_at": None, "claimed_until": None, "due_at": self.tx.now})

    def next_due(self) -> datetime | None:
        """Return when the next unsent message is due, past or future, or None when all are sent."""
        return self.tx.connection.execute(select(func.min(outbox.c.due_at)).where(outbox.c.sent_at.is_(None))).scalar()

    def release_claims(self) -> None:
        """Release the claims of processes that have ended."""
        claimed = update(outbox).where(outbox.c.sent_at.is_(None), outbox.c.claimed_until.is_not(None))
        self.tx.connection.execute(claimed.values(claimed_until=None))

    def _set(self, ids: Sequence[int], values: Values) -> None:
        update_rows(self.tx.connection, _ROW, [{"id": row_id, **values} for row_id in sorted(ids)])


def _unopened(row: Row[Any], error: CipherError) -> UnopenedMessage:
    return UnopenedMessage(in_outbox(row.id), row.to_consumer or RELAY, row.name, row.message_id, None, error)


def _row(tx: Transaction, message: Message, due_at: datetime) -> Values:
    to = message.to or ""
    return {
        "message_id": message.id,
        "key": message.key,
        "to_consumer": to,
        "epoch": message.epoch,
        "attempt": message.attempt,
        "name": message.name,
        "order_id": message.person[1] if message.person else message.order_id,
        "store_id": message.person[0] if message.person else None,
        "headers": dump_headers(message.headers),
        "body": data_keys.encrypt(
            tx, message.body, body_context(message.id, to, message.epoch, message.attempt), message.person
        ),
        "due_at": due_at,
        "created_at": tx.now,
    }


def _person(row: Row[Any]) -> OrderKey | None:
    """Return the order with whose data key the row's message is stored; rows without a store have none."""
    return (row.store_id, row.order_id) if row.store_id is not None else None


def _message(tx: Transaction, row: Row[Any]) -> Message:
    context = body_context(row.message_id, row.to_consumer, row.epoch, row.attempt)
    return Message(
        id=row.message_id,
        name=row.name,
        body=data_keys.decrypt(tx, row.body, context, _person(row)),
        order_id=row.order_id,
        to=row.to_consumer or None,
        headers=load_headers(row.headers),
        key=row.key,
        person=_person(row),
    )


def body_context(message_id: str, to: str, epoch: int, attempt: int) -> str:
    """Return the context in which a message's body is encrypted."""
    return f"outbox/{message_id}/{to}/{epoch}/{attempt}/body"
