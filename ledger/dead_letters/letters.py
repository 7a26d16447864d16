"""The repository of dead letters: save them with their causes, find them, resolve them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, case, exists, func, literal_column, select

from ledger.dead_letters.filters import letter_conditions
from ledger.dead_letters.letter_rows import letter_id, new_letter_row, read_letter, read_message, read_messages
from ledger.errors import AmbiguousLetterError, UnknownLetterError
from ledger.orders import data_keys
from ledger.pages import before
from ledger.sql.rows import chunks, delete_rows, fetch_by_keys, update_rows, write_rows
from ledger.sql.statements import Excluded, KeySelect, KeyUpdate, Upsert
from ledger.tables.dead_letters import OPEN, dead_letter_causes, dead_letters
from ledger.tables.metadata import equals_literal
from ledger.tables.replays import CLAIMED_OR_SENT, replay_items
from ledger.transaction import Transaction
from schemas.blockers import Cause
from schemas.dead_letters import DeadLetter, LetterFilter, LetterState, NewLetter
from schemas.message import Message
from schemas.personal import person_of

LetterPosition = tuple[datetime, str]
"""Where a letter is in a list: when it failed last, and its id."""

SEARCHED_FIRST = 5_000
"""Letters in which a text is sought before it is sought in all."""

UNRESOLVED_STATES = (LetterState.OPEN.value, LetterState.REPLAYING.value)
"""States of letters that are neither resolved nor discarded."""

_FIRST_SAVED = ("id", "identity", "first_at")
_DERIVED = ("attempts", "state", "resolved_at", "open_since", "replaced_by", "difference")
_OVERWRITTEN = tuple(column.name for column in dead_letters.columns if column.name not in _FIRST_SAVED + _DERIVED)
_DISCARDED_OR_REPLACED = equals_literal(
    dead_letters.c.state, LetterState.DISCARDED.value
) | dead_letters.c.replaced_by.is_not(None)
# The column is named by text: SQLAlchemy does not correlate a subquery with the table of an insert, it would select
# from all of the table's rows.
_IN_REPLAY = exists().where(replay_items.c.letter_id == literal_column("dead_letters.id"), CLAIMED_OR_SENT)


def _merge_repeat(new: Excluded) -> dict[str, Any]:
    """Return the columns of a letter that is saved again.

    It is open again, unless a person discarded this very message or replaced it by an edited one, or a replay has
    claimed the letter: the replay has yet to send the message, or will record its outcome.
    """
    old = dead_letters.c
    same_message = old.message_key.is_not_distinct_from(new.message_key)
    stays_closed = _DISCARDED_OR_REPLACED & same_message
    state = case((stays_closed, old.state), (_IN_REPLAY, LetterState.REPLAYING.value), else_=LetterState.OPEN.value)
    return {name: new[name] for name in _OVERWRITTEN} | {
        "attempts": old.attempts + 1,
        "state": state,
        "resolved_at": case((stays_closed, old.resolved_at), else_=None),
        "open_since": case((OPEN, old.open_since), else_=new.open_since),
        "replaced_by": case((same_message, old.replaced_by), else_=None),
        "difference": case((same_message, old.difference), else_=None),
    }


_SAVE = Upsert(dead_letters, keys=("identity",), change=_merge_repeat)
_RESOLVE = KeyUpdate(dead_letters, ("identity",), where=equals_literal(dead_letters.c.state, *UNRESOLVED_STATES))
_ADD_CAUSE = Upsert(dead_letter_causes)
_CAUSES = KeyUpdate(dead_letter_causes, ("letter_id",))
_FIND_CAUSES = KeySelect(dead_letter_causes, ("letter_id",), ("letter_id", "kind", "key"))
_LISTED = (
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
    "publisher",
    "source",
)
"""Columns of a listed letter: never its message, which is most of the row."""

_FIND_LISTED = KeySelect(dead_letters, ("id",), _LISTED)
_SIZED = KeySelect(dead_letters, ("id",), ("id",), sized="body")
_FIND_WHOLE = KeySelect(dead_letters, ("id",), tuple(column.name for column in dead_letters.columns))


def _in_order(query: Select[Any], after: LetterPosition | None) -> Select[Any]:
    """Order letters by their last failure, the latest first, after a position."""
    position = (dead_letters.c.last_at, dead_letters.c.id)
    ordered = query.order_by(*(column.desc() for column in position))
    return ordered if after is None else ordered.where(before(position, after))


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Dead letters, in one transaction."""

    tx: Transaction

    def save(self, letters: Sequence[NewLetter]) -> None:
        """Write letters with their causes. A letter that exists counts one more attempt and takes the last reason."""
        if not letters:
            return
        latest = {letter.identity: letter for letter in sorted(letters, key=lambda letter: letter.identity)}
        persons = (person_of(letter.event, letter.order) for letter in latest.values())
        data_keys.make_missing(self.tx, (person for person in persons if person))
        write_rows(self.tx.connection, _SAVE, [new_letter_row(self.tx, letter) for letter in latest.values()])
        self._replace_causes(latest.values())

    def resolve(self, identities: Collection[str]) -> None:
        """Resolve the open and replaying ones of these letters; others are left as they are."""
        if not identities:
            return
        resolved = {"state": LetterState.RESOLVED.value, "resolved_at": self.tx.now}
        rows = [{"identity": identity, **resolved} for identity in sorted(set(identities))]
        update_rows(self.tx.connection, _RESOLVE, rows)

    def latest(
        self, letter_filter: LetterFilter | None = None, limit: int = 100, after: LetterPosition | None = None
    ) -> list[DeadLetter]:
        """Return the letters that pass the filter, those that failed last first, after *after*.

        A text that many letters have is found in the first of them, one that few have by reading all in no order.
        """
        letter_filter = letter_filter or LetterFilter()
        rows: Sequence[Row[Any]] = []
        if letter_filter.text is not None and (since := self._end_of_first(letter_filter, after)) is not None:
            rows = self._listed(replace(letter_filter, since=since), limit, after)
        return self._with_causes(rows if len(rows) == limit else self._listed(letter_filter, limit, after))

    def count(self, letter_filter: LetterFilter, limit: int) -> int:
        """Return how many letters pass the filter, counted up to *limit*: counting a million takes too long."""
        counted = select(dead_letters.c.id).where(*letter_conditions(letter_filter)).limit(limit).subquery()
        return self.tx.connection.execute(select(func.count()).select_from(counted)).scalar_one()

    def by_prefix(self, id_prefix: str) -> DeadLetter:
        """Return the letter of this id, or the only one whose id has this prefix.

        Raises UnknownLetterError, AmbiguousLetterError.
        """
        ids = self._ids_like(id_prefix)
        if not ids:
            raise UnknownLetterError(f'There is no dead letter "{id_prefix}".')
        if len(ids) > 1:
            raise AmbiguousLetterError(f'Several dead letters begin with "{id_prefix}"; write more of the id.')
        return self.by_ids(ids)[ids[0]]

    def by_ids(self, ids: Collection[str]) -> dict[str, DeadLetter]:
        """Return letters by their ids."""
        rows = fetch_by_keys(self.tx.connection, _FIND_LISTED, [(letter_id,) for letter_id in sorted(ids)])
        return {letter.id: letter for letter in self._with_causes(rows)}

    def message(self, letter_id: str) -> Message:
        """Return the message of a letter, decrypted. Raises UnknownLetterError, LetterBodyGoneError, CipherError."""
        row = self.tx.connection.execute(select(dead_letters).where(dead_letters.c.id == letter_id)).first()
        if row is None:
            raise UnknownLetterError(f'There is no dead letter "{letter_id}".')
        return read_message(self.tx, row)

    def messages(self, ids: Collection[str]) -> tuple[dict[str, Message], dict[str, str]]:
        """Return the messages of letters by the letters' ids, and why the others cannot be opened."""
        rows = fetch_by_keys(self.tx.connection, _FIND_WHOLE, [(letter_id,) for letter_id in sorted(ids)])
        return read_messages(self.tx, rows)

    def within_bytes(self, ids: Sequence[str]) -> list[str]:
        """Return as many of these ids, from the first on, as have messages of at most `CHUNK_BYTES` together."""
        sizes = {
            row.id: row for row in fetch_by_keys(self.tx.connection, _SIZED, [(row_id,) for row_id in sorted(ids)])
        }
        return [row.id for row in next(chunks([sizes[row_id] for row_id in ids]), ())]

    def _listed(self, letter_filter: LetterFilter, limit: int, after: LetterPosition | None) -> Sequence[Row[Any]]:
        query = (
            select(*(dead_letters.c[name] for name in _LISTED)).where(*letter_conditions(letter_filter)).limit(limit)
        )
        return self.tx.connection.execute(_in_order(query, after)).all()

    def _end_of_first(self, letter_filter: LetterFilter, after: LetterPosition | None) -> datetime | None:
        """Return when the last of those letters failed that are searched first; None if there are no further ones."""
        conditions = letter_conditions(replace(letter_filter, text=None))
        query = select(dead_letters.c.last_at).where(*conditions).offset(SEARCHED_FIRST).limit(1)
        return self.tx.connection.execute(_in_order(query, after)).scalar()

    def _replace_causes(self, letters: Collection[NewLetter]) -> None:
        causes = {letter_id(letter.identity): letter.causes for letter in letters}
        delete_rows(self.tx.connection, _CAUSES, [(row_id,) for row_id in causes])
        keys = sorted({(row_id, cause.kind.value, cause.key) for row_id, of_one in causes.items() for cause in of_one})
        rows = [{"letter_id": row_id, "kind": kind, "key": key} for row_id, kind, key in keys]
        write_rows(self.tx.connection, _ADD_CAUSE, rows)

    def _ids_like(self, id_prefix: str) -> Sequence[str]:
        """Return at most two ids, from the index alone: no letter is read but the one that is found."""
        column = dead_letters.c.id
        whole = self.tx.connection.execute(select(column).where(column == id_prefix)).scalars().all()
        prefixed = select(column).where(column.startswith(id_prefix, autoescape=True)).limit(2)
        return whole or self.tx.connection.execute(prefixed).scalars().all()

    def _with_causes(self, rows: Sequence[Row[Any]]) -> list[DeadLetter]:
        causes: dict[str, list[Cause]] = {row.id: [] for row in rows}
        for cause in fetch_by_keys(self.tx.connection, _FIND_CAUSES, [(row_id,) for row_id in sorted(causes)]):
            causes[cause.letter_id].append(Cause(kind=cause.kind, key=cause.key))
        return [read_letter(row, causes[row.id]) for row in rows]
