"""Dead letters: writing them, and settling them once their cause is gone."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row, Select, case, exists, func, literal_column, select

from ledger.dead_letters.filters import conditions
from ledger.errors import AmbiguousLetterError, LetterBodyGoneError, UnknownLetterError
from ledger.messages.codec import dump_headers, load_headers
from ledger.sql.rows import Values, delete_rows, fetch_by_keys, update_rows, write_rows
from ledger.sql.statements import Excluded, KeySelect, KeyUpdate, Upsert
from ledger.tables.core import STILL_WAITING, dead_letter_causes, dead_letters, is_word
from ledger.tables.replays import HELD, replay_items
from ledger.transaction import Transaction
from schemas.blockers import Cause
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterFilter, LetterState, NewLetter
from schemas.message import Message

NAMESPACE = UUID("0b5f2c34-91d7-5e0e-8a55-3f0f4f6b9d21")
"""Namespace of the ids of letters, made from their identities."""

OPEN = (LetterState.OPEN.value, LetterState.REPLAYING.value)
"""States of letters that are not settled."""

_KEPT = ("id", "identity", "first_at")
_DERIVED = ("attempts", "state", "resolved_at", "open_since", "replaced_by", "difference")
_REPLACED = tuple(column.name for column in dead_letters.columns if column.name not in _KEPT + _DERIVED)
_GIVEN_UP = is_word(dead_letters.c.state, LetterState.DISCARDED.value) | dead_letters.c.replaced_by.is_not(None)
# By its name: of a table that an insert changes SQLAlchemy correlates nothing, but would look at all of its rows.
_HELD = exists().where(replay_items.c.letter_id == literal_column("dead_letters.id"), HELD)


def _repeat(new: Excluded) -> dict[str, Any]:
    """Say what a repeat does to the letter that is there.

    It waits again, unless a person gave this very message up or replaced it by an edited one, or a replay holds the
    letter: the replay has yet to say it, or is told of the outcome itself.
    """
    old = dead_letters.c
    same = old.message_key.is_not_distinct_from(new.message_key)
    over = _GIVEN_UP & same
    state = case((over, old.state), (_HELD, LetterState.REPLAYING.value), else_=LetterState.OPEN.value)
    return {name: new[name] for name in _REPLACED} | {
        "attempts": old.attempts + 1,
        "state": state,
        "resolved_at": case((over, old.resolved_at), else_=None),
        "open_since": case((STILL_WAITING, old.open_since), else_=new.open_since),
        "replaced_by": case((same, old.replaced_by), else_=None),
        "difference": case((same, old.difference), else_=None),
    }


_SAVE = Upsert(dead_letters, keys=("identity",), change=_repeat)
_SETTLE = KeyUpdate(dead_letters, ("identity",), where=is_word(dead_letters.c.state, *OPEN))
_CAUSES = KeyUpdate(dead_letter_causes, ("letter_id",))
_ADD_CAUSE = Upsert(dead_letter_causes)


def letter_id(identity: str) -> str:
    """Return the id of the letter of this identity."""
    return str(uuid5(NAMESPACE, identity))


_READ_CAUSES = KeySelect(dead_letter_causes, ("letter_id",), ("letter_id", "kind", "key"))
_SHOWN = (
    "id",
    "letter_type",
    "consumer",
    "event",
    "reason",
    "store_id",
    "amazon_order_id",
    "attempts",
    "first_at",
    "last_at",
    "state",
    "fingerprint",
    "replaced_by",
)
"""What is shown of a letter: never its message, which is most of the row."""

_BY_ID = KeySelect(dead_letters, ("id",), _SHOWN)
_WHOLE = KeySelect(dead_letters, ("id",), tuple(column.name for column in dead_letters.columns))


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Dead letters, in one transaction."""

    tx: Transaction

    def save(self, letters: Sequence[NewLetter]) -> None:
        """Set messages aside. A letter that is there already counts one more attempt and says what happened last."""
        if not letters:
            return
        latest = {letter.identity: letter for letter in sorted(letters, key=lambda letter: letter.identity)}
        write_rows(self.tx.connection, _SAVE, [_row(self.tx, letter) for letter in latest.values()])
        delete_rows(self.tx.connection, _CAUSES, [(letter_id(identity),) for identity in latest])
        causes = {
            (letter_id(letter.identity), cause.kind.value, cause.key)
            for letter in latest.values()
            for cause in letter.causes
        }
        rows = [{"letter_id": letter, "kind": kind, "key": key} for letter, kind, key in sorted(causes)]
        write_rows(self.tx.connection, _ADD_CAUSE, rows)

    def resolve(self, identities: Collection[str]) -> None:
        """Settle letters that are open, because what they hold was handled after all."""
        if not identities:
            return
        state = LetterState.RESOLVED.value
        rows = [{"identity": one, "state": state, "resolved_at": self.tx.now} for one in sorted(set(identities))]
        update_rows(self.tx.connection, _SETTLE, rows)

    def latest(self, wanted: LetterFilter | None = None, limit: int = 100) -> list[DeadLetter]:
        """Return the letters that pass the filter, the latest first."""
        found = select(*(dead_letters.c[name] for name in _SHOWN)).where(*conditions(wanted or LetterFilter()))
        return _read(self.tx, found.order_by(dead_letters.c.last_at.desc(), dead_letters.c.id).limit(limit))

    def count(self, wanted: LetterFilter, limit: int) -> int:
        """Return how many letters pass the filter, counted up to *limit*: counting a million takes too long."""
        some = select(dead_letters.c.id).where(*conditions(wanted)).limit(limit).subquery()
        return self.tx.connection.execute(select(func.count()).select_from(some)).scalar_one()

    def by_prefix(self, beginning: str) -> DeadLetter:
        """Return the letter whose id begins so. Raises UnknownLetterError, AmbiguousLetterError."""
        # Looked for in the index alone: no letter is read but the one that is found.
        found = select(dead_letters.c.id).where(dead_letters.c.id.startswith(beginning, autoescape=True)).limit(2)
        whole = select(dead_letters.c.id).where(dead_letters.c.id == beginning)
        ids = self.tx.connection.execute(whole).scalars().all() or self.tx.connection.execute(found).scalars().all()
        read = list(self.by_ids(ids).values())
        if not read:
            raise UnknownLetterError(f'There is no dead letter "{beginning}".')
        if len(read) > 1:
            raise AmbiguousLetterError(f'Several dead letters begin with "{beginning}"; write more of the id.')
        return read[0]

    def message(self, letter_id: str) -> Message:
        """Return the message as it was set aside. Raises UnknownLetterError, LetterBodyGoneError, CipherError."""
        row = self.tx.connection.execute(select(dead_letters).where(dead_letters.c.id == letter_id)).first()
        if row is None:
            raise UnknownLetterError(f'There is no dead letter "{letter_id}".')
        return read_message(self.tx, row)

    def by_ids(self, ids: Collection[str]) -> dict[str, DeadLetter]:
        """Return letters by their ids."""
        rows = fetch_by_keys(self.tx.connection, _BY_ID, [(one,) for one in sorted(ids)])
        return {letter.id: letter for letter in _with_causes(self.tx, rows)}

    def messages(self, ids: Collection[str]) -> dict[str, Message]:
        """Return the messages of letters by the letters' ids. Raises LetterBodyGoneError, CipherError."""
        rows = fetch_by_keys(self.tx.connection, _WHOLE, [(one,) for one in sorted(ids)])
        return {row.id: read_message(self.tx, row) for row in rows}


def context(letter: str) -> str:
    """Return the place for which a letter's body is sealed."""
    return f"dead_letters/{letter}/body"


def read_message(tx: Transaction, row: Row[Any]) -> Message:
    """Return the message of a letter's row as it was set aside. Raises LetterBodyGoneError, CipherError."""
    if row.body is None:
        raise LetterBodyGoneError(f"Dead letter {row.id} was settled; its message is no longer kept.")
    body = tx.cipher.decrypt(row.body, context(row.id))
    headers = load_headers(row.headers)
    return Message(row.message_id, row.message_name, body, row.order_id, headers=headers, key=row.message_key)


def _row(tx: Transaction, letter: NewLetter) -> Values:
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
        "body": tx.cipher.encrypt(message.body, context(row_id)),
        "attempts": 1,
        "first_at": tx.now,
        "last_at": tx.now,
        "resolved_at": None,
        "open_since": tx.now,
        "state": LetterState.OPEN.value,
    }


def _fingerprint(letter: NewLetter) -> str:
    """Name what letters have in common: class, consumer, event, and the reason but for its numbers."""
    common = (letter.letter_type.value, letter.consumer, letter.event, re.sub(r"\d+", "#", letter.reason))
    return blake2b("\n".join(common).encode(), digest_size=8).hexdigest()


def _read(tx: Transaction, wanted: Select[Any]) -> list[DeadLetter]:
    return _with_causes(tx, tx.connection.execute(wanted).all())


def _with_causes(tx: Transaction, rows: Sequence[Row[Any]]) -> list[DeadLetter]:
    causes: dict[str, list[Cause]] = {}
    for cause in fetch_by_keys(tx.connection, _READ_CAUSES, sorted((row.id,) for row in rows)):
        causes.setdefault(cause.letter_id, []).append(Cause(kind=cause.kind, key=cause.key))
    return [_letter(row, causes.get(row.id, [])) for row in rows]


def _letter(row: Row[Any], causes: list[Cause]) -> DeadLetter:
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
    )
