"""Actions on dead letters: discard them, replace one by an edited message, requeue their messages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select, update

from ledger.dead_letters.filters import open_letter_conditions
from ledger.dead_letters.letter_rows import person_of_row, read_messages
from ledger.dead_letters.letters import DeadLetters
from ledger.errors import HandledMeanwhileError
from ledger.messages.inbox import Inbox, next_epoch
from ledger.messages.outbox import Outbox
from ledger.orders import data_keys
from ledger.orders.orders import KEY
from ledger.sql.rows import chunks, delete_rows, fetch_by_keys, update_rows
from ledger.sql.statements import KeySelect, KeyUpdate
from ledger.tables.dead_letters import OPEN, OPEN_NEVER_PLACED, dead_letter_causes, dead_letters
from ledger.tables.orders import orders
from ledger.transaction import Transaction
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterFilter, LetterState
from schemas.history import InboxEntry, InboxState
from schemas.message import Headers
from schemas.order import OrderKey

_OF_ORDERS = KeySelect(
    dead_letters,
    KEY,
    ("id",),
    where=OPEN_NEVER_PLACED,
    lock=True,
    sized="body",
)
_WHOLE = KeySelect(dead_letters, ("id",), tuple(column.name for column in dead_letters.columns))
_ROW = KeyUpdate(dead_letters, ("id",))
_CAUSES = KeyUpdate(dead_letter_causes, ("letter_id",))


@dataclass(frozen=True, slots=True)
class DeadLetterActions:
    """Actions on dead letters, in one transaction."""

    tx: Transaction

    def discard(self, ids: Collection[str]) -> list[str]:
        """Discard the open ones of these letters. Returns their ids."""
        if not ids:
            return []
        query = update(dead_letters).where(*open_letter_conditions(LetterFilter(ids=tuple(ids))))
        discarded = query.values(state=LetterState.DISCARDED.value, resolved_at=self.tx.now)
        return list(self.tx.connection.execute(discarded.returning(dead_letters.c.id)).scalars())

    def lock(self, id_prefix: str) -> DeadLetter:
        """Return the letter whose id has this prefix, locked until the transaction ends.

        Raises UnknownLetterError, AmbiguousLetterError.
        """
        letter = DeadLetters(self.tx).by_prefix(id_prefix)
        self.tx.connection.execute(select(dead_letters.c.id).where(dead_letters.c.id == letter.id).with_for_update())
        return DeadLetters(self.tx).by_prefix(letter.id)

    def supersede(self, consumer: str, key: bytes, epoch: int, digest: bytes | None = None) -> None:
        """Make the inbox accept no further delivery of a message, of whatever epoch.

        *digest* is that of the contents that take its place: published again under the same id, by a publisher that has
        corrected them too, they are a repeat. Raises HandledMeanwhileError when the message was handled already.
        """
        row = Inbox(self.tx).find(consumer, [key]).get(key)
        digests = row.digest + digest if row and row.digest and digest else None
        entry = InboxEntry(key, next_epoch(epoch, row), InboxState.SUPERSEDED, digest=digests)
        try:
            Inbox(self.tx).mark(consumer, [entry])
        except HandledMeanwhileError:
            raise HandledMeanwhileError("The message was handled meanwhile; there is nothing to be edited.") from None

    def replace(self, letter: DeadLetter, message_id: str, difference: bytes) -> None:
        """Resolve a letter by the edited message that replaces its own. *difference*, a diff, is stored encrypted."""
        person = person_of_row(letter)
        data_keys.make_missing(self.tx, [person] if person else [])
        row = {
            "id": letter.id,
            "state": LetterState.RESOLVED.value,
            "resolved_at": self.tx.now,
            "replaced_by": message_id,
            "difference": data_keys.encrypt(self.tx, difference, difference_context(letter.id), person),
        }
        update_rows(self.tx.connection, _ROW, [row])

    def difference(self, letter_id: str) -> str | None:
        """Return the edits of a letter's message as a unified diff, or None. Raises CipherError."""
        row = self.tx.connection.execute(select(dead_letters).where(dead_letters.c.id == letter_id)).first()
        if row is None or row.difference is None:
            return None
        person = person_of_row(row)
        data_keys.look_up(self.tx, [person] if person else [])
        return data_keys.decrypt(self.tx, row.difference, difference_context(letter_id), person).decode()

    def requeue(self, keys: Collection[OrderKey]) -> int:
        """Requeue the messages blocked because these orders were never placed, for their consumers; return how many."""
        rows = fetch_by_keys(self.tx.connection, _OF_ORDERS, sorted(set(keys)))
        return sum(_requeue(self.tx, [(row.id,) for row in chunk]) for chunk in chunks(rows))

    def now_recorded(self, limit: int) -> list[OrderKey]:
        """Return recorded orders with open letters whose cause is that the order was never placed."""
        columns = (dead_letters.c.store_id, dead_letters.c.amazon_order_id)
        recorded = exists().where(orders.c.store_id == columns[0], orders.c.amazon_order_id == columns[1])
        never_placed = select(dead_letter_causes.c.letter_id).where(
            dead_letter_causes.c.kind == BlockerKind.NEVER_PLACED.value
        )
        query = (
            select(*columns, func.min(dead_letters.c.last_at))
            .where(dead_letters.c.id.in_(never_placed), OPEN, recorded)
            .group_by(*columns)
            .order_by(*columns)
            .limit(limit)
        )
        return [(row.store_id, row.amazon_order_id) for row in self.tx.connection.execute(query)]


def difference_context(letter_id: str) -> str:
    """Return the context in which a letter's difference is encrypted."""
    return f"dead_letters/{letter_id}/difference"


def _requeue(tx: Transaction, ids: Sequence[tuple[str]]) -> int:
    rows = fetch_by_keys(tx.connection, _WHOLE, sorted(ids))
    messages, reasons = read_messages(tx, rows)
    _set_aside(tx, reasons)
    readable = [row for row in rows if row.id in messages]
    epochs = Inbox(tx).next_epochs([(row.consumer, messages[row.id]) for row in readable])
    Outbox(tx).put(
        [
            message._replace(
                id=row.id,
                to=row.consumer,
                headers=next_delivery_headers(message.headers, epoch),
                person=person_of_row(row),
            )
            for row, epoch in zip(readable, epochs, strict=True)
            if (message := messages[row.id])
        ]
    )
    replaying = [
        {"id": row.id, "state": LetterState.REPLAYING.value} for row in sorted(readable, key=lambda row: row.id)
    ]
    update_rows(tx.connection, _ROW, replaying)
    return len(readable)


def _set_aside(tx: Transaction, reasons: Mapping[str, str]) -> None:
    """Have letters whose messages cannot be opened wait for a person, and no longer for their order."""
    values = {"letter_type": DeadLetterType.UNREADABLE.value, "cause_set": None}
    rows = [{"id": row_id, **values, "reason": _unopened_reason(reasons[row_id])} for row_id in sorted(reasons)]
    update_rows(tx.connection, _ROW, rows)
    delete_rows(tx.connection, _CAUSES, [(row_id,) for row_id in sorted(reasons)])


def _unopened_reason(error: str) -> str:
    return (
        f"Its order is recorded now, but its stored message cannot be opened. {error} If its key is known, add it to"
        " the keys given, and replay; else have its source publish it again, and discard this letter."
    )


def next_delivery_headers(headers: Headers, epoch: int) -> dict[str, str | int]:
    """Return a message's headers for its next epoch: attempts count from 1 again, and no replay owns it."""
    kept = {name: value for name, value in headers.items() if name not in ("attempt", "replay")}
    return kept | {"epoch": epoch}
