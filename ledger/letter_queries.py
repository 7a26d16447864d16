"""Reads of dead letters: lists with filters, one by its id, and the message in it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, select

from ledger import letters
from ledger.codec import load_headers
from ledger.errors import AmbiguousLetterError, LetterBodyGoneError, UnknownLetterError
from ledger.rows import Lookup, fetch_by_keys
from ledger.tables import dead_letter_causes, dead_letters
from ledger.transaction import Transaction
from schemas.blockers import BlockerKind, Cause
from schemas.letters import DeadLetter, LetterClass, LetterState
from schemas.message import Message

_CAUSES = Lookup(dead_letter_causes, ("letter_id",), ("letter_id", "kind", "key"))


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which dead letters: all that are given must hold. `kind` and `key` must be of the same cause."""

    letter_class: LetterClass | None = None
    state: LetterState | None = None
    kind: BlockerKind | None = None
    key: str | None = None
    store_id: str | None = None
    consumer: str | None = None
    event: str | None = None
    amazon_order_id: str | None = None


def list_letters(tx: Transaction, wanted: LetterFilter, limit: int) -> list[DeadLetter]:
    """Return the letters that pass the filter, the latest first."""
    found = select(dead_letters).where(*_conditions(wanted))
    return _read(tx, found.order_by(dead_letters.c.last_at.desc(), dead_letters.c.id).limit(limit))


def one(tx: Transaction, beginning: str) -> DeadLetter:
    """Return the letter whose id begins so. Raises UnknownLetterError, AmbiguousLetterError."""
    found = select(dead_letters).where(dead_letters.c.id.startswith(beginning, autoescape=True))
    read = _read(tx, found.limit(2))
    if not read:
        raise UnknownLetterError(f'There is no dead letter "{beginning}".')
    if len(read) > 1:
        raise AmbiguousLetterError(f'Several dead letters begin with "{beginning}"; write more of the id.')
    return read[0]


def message(tx: Transaction, letter_id: str) -> Message:
    """Return the message as it was set aside. Raises UnknownLetterError, LetterBodyGoneError, CipherError."""
    row = tx.connection.execute(select(dead_letters).where(dead_letters.c.id == letter_id)).first()
    if row is None:
        raise UnknownLetterError(f'There is no dead letter "{letter_id}".')
    if row.body is None:
        raise LetterBodyGoneError(f"Dead letter {letter_id} was settled; its message is no longer kept.")
    body = tx.cipher.open(row.body, letters.context(letter_id))
    headers = load_headers(row.headers)
    return Message(row.message_id, row.message_name, body, row.order_id, headers=headers, key=row.message_key)


def _read(tx: Transaction, wanted: Select[Any]) -> list[DeadLetter]:
    rows = tx.connection.execute(wanted).all()
    causes: dict[str, list[Cause]] = {}
    for cause in fetch_by_keys(tx.connection, _CAUSES, sorted((row.id,) for row in rows)):
        causes.setdefault(cause.letter_id, []).append(Cause(kind=cause.kind, key=cause.key))
    return [_letter(row, causes.get(row.id, [])) for row in rows]


def _letter(row: Row[Any], causes: list[Cause]) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        letter_class=LetterClass(row.letter_class),
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
    )


def _conditions(wanted: LetterFilter) -> list[ColumnElement[bool]]:
    names = ("letter_class", "state", "store_id", "consumer", "event", "amazon_order_id")
    given = {name: getattr(wanted, name) for name in names}
    conditions = [dead_letters.c[name] == str(value) for name, value in given.items() if value is not None]
    by_cause = {"kind": wanted.kind, "key": wanted.key}
    causes = [dead_letter_causes.c[name] == str(value) for name, value in by_cause.items() if value is not None]
    if causes:
        conditions.append(exists().where(dead_letter_causes.c.letter_id == dead_letters.c.id, *causes))
    return conditions
