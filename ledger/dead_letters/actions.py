"""What is done about dead letters: discarded, replaced by an edited message, said again to their consumer."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, exists, func, select, update

from ledger.dead_letters import letters
from ledger.dead_letters.filters import is_open
from ledger.dead_letters.letters import DeadLetters
from ledger.errors import HandledMeanwhileError
from ledger.messages.codec import load_headers
from ledger.messages.inbox import Inbox
from ledger.messages.outbox import Outbox
from ledger.orders.orders import KEY
from ledger.sql.rows import fetch_by_keys, update_rows
from ledger.sql.statements import KeySelect, KeyUpdate
from ledger.tables.core import NEVER_PLACED, STILL_WAITING, dead_letter_causes, dead_letters, orders
from ledger.transaction import Transaction
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetter, LetterFilter, LetterState
from schemas.history import InboxEntry, InboxState
from schemas.message import Message
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
        known = Inbox(self.tx).find(consumer, [key]).get(key)
        passes = max(epoch, known.epoch if known else 0) + 1
        try:
            Inbox(self.tx).mark(consumer, [InboxEntry(key, passes, InboxState.SUPERSEDED)])
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
    epochs = _epochs(tx, found)
    Outbox(tx).put([_again(tx, row, epochs) for row in found])
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


def _epochs(tx: Transaction, found: Sequence[Row[Any]]) -> dict[tuple[str, bytes], int]:
    """Return the epoch at which the message of each letter was handled last, with one question a consumer."""
    keys: dict[str, list[bytes]] = defaultdict(list)
    for row in found:
        keys[row.consumer].append(row.message_key)
    return {
        (consumer, key): handled.epoch
        for consumer, wanted in keys.items()
        for key, handled in Inbox(tx).find(consumer, wanted).items()
    }


def _again(tx: Transaction, row: Row[Any], epochs: Mapping[tuple[str, bytes], int]) -> Message:
    message = letters.read_message(tx, row)
    epoch = max(message.epoch, epochs.get((row.consumer, row.message_key), 0)) + 1
    return message._replace(id=row.id, to=row.consumer, headers=next_delivery_headers(load_headers(row.headers), epoch))


def next_delivery_headers(headers: dict[str, str | int], epoch: int) -> dict[str, str | int]:
    """Return a message's headers for its next passage through the inbox: attempts begin anew, no replay owns it."""
    kept = {name: value for name, value in headers.items() if name not in ("attempt", "replay")}
    return kept | {"epoch": epoch}
