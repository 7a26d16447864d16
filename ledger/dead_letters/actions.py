"""What is done about dead letters: discarded, replaced by an edited message, said again to their consumer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, exists, func, select, update

from ledger.dead_letters import letters
from ledger.dead_letters.filters import is_open
from ledger.dead_letters.letters import DeadLetters
from ledger.errors import HandledMeanwhileError
from ledger.messages.inbox import Inbox, next_epoch
from ledger.messages.outbox import Outbox
from ledger.orders.orders import KEY
from ledger.sql.rows import fetch_by_keys, update_rows
from ledger.sql.statements import KeySelect, KeyUpdate
from ledger.tables.core import NEVER_PLACED, STILL_WAITING, dead_letter_causes, dead_letters, orders
from ledger.transaction import Transaction
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetter, LetterFilter, LetterState
from schemas.history import InboxEntry, InboxState
from schemas.message import Headers
from schemas.order import OrderKey

_OF_ORDERS = KeySelect(
    dead_letters,
    KEY,
    tuple(column.name for column in dead_letters.columns),
    where=NEVER_PLACED,
    lock=True,
)
_ROW = KeyUpdate(dead_letters, ("id",))


@dataclass(frozen=True, slots=True)
class DeadLetterActions:
    """What is done about dead letters, in one transaction."""

    tx: Transaction

    def discard(self, ids: Collection[str]) -> list[str]:
        """Give up those of the letters that wait. Returns their ids."""
        if not ids:
            return []
        gone = update(dead_letters).where(*is_open(LetterFilter(ids=tuple(ids))))
        values = {"state": LetterState.DISCARDED.value, "resolved_at": self.tx.now}
        return list(self.tx.connection.execute(gone.values(values).returning(dead_letters.c.id)).scalars())

    def lock(self, beginning: str) -> DeadLetter:
        """Return the letter whose id begins so; nobody else changes it till the end of the transaction.

        Raises UnknownLetterError, AmbiguousLetterError.
        """
        found = DeadLetters(self.tx).by_prefix(beginning)
        self.tx.connection.execute(select(dead_letters.c.id).where(dead_letters.c.id == found.id).with_for_update())
        return DeadLetters(self.tx).by_prefix(found.id)

    def supersede(self, consumer: str, key: bytes, epoch: int) -> None:
        """Let no copy of a message be handled any more. Raises HandledMeanwhileError when it was handled already."""
        redelivery = next_epoch(epoch, Inbox(self.tx).find(consumer, [key]).get(key))
        try:
            Inbox(self.tx).mark(consumer, [InboxEntry(key, redelivery, InboxState.SUPERSEDED)])
        except HandledMeanwhileError:
            raise HandledMeanwhileError("The message was handled meanwhile; there is nothing to be edited.") from None

    def replace(self, letter_id: str, message_id: str, difference: bytes) -> None:
        """Settle a letter by the edited message that replaces its own; what was edited is kept, sealed."""
        row = {
            "id": letter_id,
            "state": LetterState.RESOLVED.value,
            "resolved_at": self.tx.now,
            "replaced_by": message_id,
            "difference": self.tx.cipher.encrypt(difference, difference_context(letter_id)),
        }
        update_rows(self.tx.connection, _ROW, [row])

    def difference(self, letter_id: str) -> str | None:
        """Return what was edited in a letter's message, as a unified diff, while it is kept."""
        sealed = self.tx.connection.execute(
            select(dead_letters.c.difference).where(dead_letters.c.id == letter_id)
        ).scalar()
        return self.tx.cipher.decrypt(sealed, difference_context(letter_id)).decode() if sealed else None

    def requeue(self, keys: Collection[OrderKey]) -> int:
        """Say again what was blocked because these orders had never been placed, to its consumer; return how many."""
        return _requeue(self.tx, fetch_by_keys(self.tx.connection, _OF_ORDERS, sorted(set(keys))))

    def now_recorded(self, limit: int) -> list[OrderKey]:
        """Return orders that are recorded although a letter waits because they were never placed."""
        return [(row.store_id, row.amazon_order_id) for row in self.tx.connection.execute(_recorded().limit(limit))]


def difference_context(letter_id: str) -> str:
    """Return the place for which a letter's difference is sealed."""
    return f"dead_letters/{letter_id}/difference"


def _requeue(tx: Transaction, found: Sequence[Row[Any]]) -> int:
    messages = [letters.read_message(tx, row) for row in found]
    epochs = Inbox(tx).next_epochs([(row.consumer, message) for row, message in zip(found, messages, strict=True)])
    Outbox(tx).put(
        [
            message._replace(id=row.id, to=row.consumer, headers=next_delivery_headers(message.headers, epoch))
            for row, message, epoch in zip(found, messages, epochs, strict=True)
        ]
    )
    rows = [{"id": row.id, "state": LetterState.REPLAYING.value} for row in sorted(found, key=lambda row: row.id)]
    update_rows(tx.connection, _ROW, rows)
    return len(found)


def _recorded() -> Select[Any]:
    columns = (dead_letters.c.store_id, dead_letters.c.amazon_order_id)
    there = exists().where(orders.c.store_id == columns[0], orders.c.amazon_order_id == columns[1])
    never_placed = select(dead_letter_causes.c.letter_id).where(
        dead_letter_causes.c.kind == BlockerKind.NEVER_PLACED.value
    )
    wanted = select(*columns, func.min(dead_letters.c.last_at)).where(dead_letters.c.id.in_(never_placed))
    return wanted.where(STILL_WAITING, there).group_by(*columns).order_by(*columns)


def next_delivery_headers(headers: Headers, epoch: int) -> dict[str, str | int]:
    """Return a message's headers for its next passage through the inbox: attempts begin anew, no replay owns it."""
    kept = {name: value for name, value in headers.items() if name not in ("attempt", "replay")}
    return kept | {"epoch": epoch}
