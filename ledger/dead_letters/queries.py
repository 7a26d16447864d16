"""Reads of dead letters: lists with filters, one by its id, and the message in it."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from ledger.dead_letters import letters
from ledger.dead_letters.filters import LetterFilter, conditions
from ledger.errors import AmbiguousLetterError, UnknownLetterError
from ledger.sql.rows import fetch_by_keys
from ledger.sql.statements import KeySelect
from ledger.tables.core import dead_letter_causes, dead_letters
from ledger.transaction import Transaction
from schemas.blockers import Cause
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterState
from schemas.message import Message

_CAUSES = KeySelect(dead_letter_causes, ("letter_id",), ("letter_id", "kind", "key"))
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


def list_letters(tx: Transaction, wanted: LetterFilter, limit: int) -> list[DeadLetter]:
    """Return the letters that pass the filter, the latest first."""
    found = select(*(dead_letters.c[name] for name in _SHOWN)).where(*conditions(wanted))
    return _read(tx, found.order_by(dead_letters.c.last_at.desc(), dead_letters.c.id).limit(limit))


def count(tx: Transaction, wanted: LetterFilter, limit: int) -> int:
    """Return how many letters pass the filter, counted up to *most*: to count a million takes too long for a list."""
    some = select(dead_letters.c.id).where(*conditions(wanted)).limit(limit).subquery()
    return tx.connection.execute(select(func.count()).select_from(some)).scalar_one()


def by_prefix(tx: Transaction, beginning: str) -> DeadLetter:
    """Return the letter whose id begins so. Raises UnknownLetterError, AmbiguousLetterError."""
    # Looked for in the index alone: no letter is read but the one that is found.
    found = select(dead_letters.c.id).where(dead_letters.c.id.startswith(beginning, autoescape=True)).limit(2)
    whole = select(dead_letters.c.id).where(dead_letters.c.id == beginning)
    ids = tx.connection.execute(whole).scalars().all() or tx.connection.execute(found).scalars().all()
    read = list(by_id(tx, ids).values())
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
    return letters.read_message(tx, row)


def by_id(tx: Transaction, ids: Collection[str]) -> dict[str, DeadLetter]:
    """Return letters by their ids."""
    rows = fetch_by_keys(tx.connection, _BY_ID, [(one,) for one in sorted(ids)])
    return {letter.id: letter for letter in _with_causes(tx, rows)}


def messages(tx: Transaction, ids: Collection[str]) -> dict[str, Message]:
    """Return the messages of letters by the letters' ids. Raises LetterBodyGoneError, CipherError."""
    rows = fetch_by_keys(tx.connection, _WHOLE, [(one,) for one in sorted(ids)])
    return {row.id: letters.read_message(tx, row) for row in rows}


def _read(tx: Transaction, wanted: Select[Any]) -> list[DeadLetter]:
    return _with_causes(tx, tx.connection.execute(wanted).all())


def _with_causes(tx: Transaction, rows: Sequence[Row[Any]]) -> list[DeadLetter]:
    causes: dict[str, list[Cause]] = {}
    for cause in fetch_by_keys(tx.connection, _CAUSES, sorted((row.id,) for row in rows)):
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
