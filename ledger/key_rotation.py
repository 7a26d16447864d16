"""The rotation of the vault's keys: which of them data still needs, and the conversion of that data to the first.

Data of an order gets its data key on the way, where an earlier version encrypted it with the vault's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Row, func, select, tuple_

from ledger.dead_letters.actions import difference_context
from ledger.dead_letters.letter_rows import body_context as letter_context
from ledger.dead_letters.letter_rows import person_of_row
from ledger.encryption.cipher import KEY_HEADER_BYTES, VAULT_FORMAT
from ledger.errors import CipherError
from ledger.messages.early_events import body_context as early_context
from ledger.messages.outbox import body_context as outbox_context
from ledger.orders import data_keys
from ledger.orders.vault import body_context as vault_context
from ledger.sql.rows import Values, update_rows
from ledger.sql.statements import KeyUpdate
from ledger.tables.dead_letters import dead_letters
from ledger.tables.messages import early_events, outbox
from ledger.tables.orders import vault
from ledger.transaction import Transaction
from schemas.order import OrderKey
from schemas.personal import OWN_EVENTS

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Encrypted:
    """A column with encrypted data: the context of a row's, the order whose data key it is to have, if any, and where.

    `of_order` selects rows with such an order.
    """

    column: Column[Any]
    context: Callable[[Row[Any]], str]
    person: Callable[[Row[Any]], OrderKey | None] = lambda _: None
    of_order: ColumnElement[bool] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.column.table.primary_key.columns)

    def by_vault(self) -> ColumnElement[bool]:
        """Select the rows that one of the vault's keys encrypted."""
        return func.substr(self.column, 1, 1) == VAULT_FORMAT


def _order(row: Row[Any]) -> OrderKey:
    return row.store_id, row.amazon_order_id


_LETTER_OF_ORDER = dead_letters.c.store_id.is_not(None) & dead_letters.c.event.not_in(OWN_EVENTS)
_COLUMNS = (
    _Encrypted(vault.c.data_key, lambda row: data_keys.context(_order(row))),
    _Encrypted(vault.c.body, lambda row: vault_context(_order(row)), _order, vault.c.body.is_not(None)),
    _Encrypted(outbox.c.body, lambda row: outbox_context(row.message_id, row.to_consumer, row.epoch, row.attempt)),
    _Encrypted(
        early_events.c.body,
        lambda row: early_context(row.consumer, row.key),
        _order,
        early_events.c.body.is_not(None),
    ),
    _Encrypted(dead_letters.c.body, lambda row: letter_context(row.id), person_of_row, _LETTER_OF_ORDER),
    _Encrypted(dead_letters.c.difference, lambda row: difference_context(row.id), person_of_row, _LETTER_OF_ORDER),
)
_CHANGES = [KeyUpdate(encrypted.column.table, encrypted.keys) for encrypted in _COLUMNS]
COLUMNS = range(len(_COLUMNS))
"""The columns with encrypted data, by number."""


class Rewrapped(NamedTuple):
    """A page of rewrapped rows: how many were converted, how many could not be decrypted, and the last row's key."""

    converted: int
    unreadable: int
    last: Key | None


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """The vault's keys and the data that they encrypted, in one transaction."""

    tx: Transaction

    def usage(self, sample: int | None = None) -> dict[str, dict[str, int]]:
        """Return how many rows of each table need each of the vault's keys, by key id and table.

        It reads all rows, which takes minutes where there are millions, or with *sample* so many of each table.
        """
        usage: dict[str, dict[str, int]] = {}
        for encrypted in _COLUMNS:
            headers = select(func.substr(encrypted.column, 1, KEY_HEADER_BYTES).label("header"))
            header = headers.where(encrypted.by_vault()).limit(sample).subquery().c.header
            query = select(header, func.count().label("rows")).group_by(header)
            for row in self.tx.connection.execute(query):
                tables = usage.setdefault(bytes(row.header)[1:].hex(), {})
                table = encrypted.column.table.name
                tables[table] = tables.get(table, 0) + row.rows
        return usage

    def rewrap(self, column: int, after: Key | None, limit: int) -> Rewrapped:
        """Convert at most *limit* rows of a column of COLUMNS, after *after*, to the vault's first key.

        A row that cannot be decrypted is left as it is.
        """
        encrypted = _COLUMNS[column]
        rows = self._rows(encrypted, after, limit)
        changed = self._converted(encrypted, rows)
        update_rows(self.tx.connection, _CHANGES[column], changed)
        last = tuple(getattr(rows[-1], name) for name in encrypted.keys) if rows else None
        return Rewrapped(len(changed), len(rows) - len(changed), last)

    def _rows(self, encrypted: _Encrypted, after: Key | None, limit: int) -> Sequence[Row[Any]]:
        key = tuple(encrypted.column.table.primary_key.columns)
        is_old = func.substr(encrypted.column, 1, KEY_HEADER_BYTES) != self.tx.cipher.first_header
        is_due = is_old if encrypted.of_order is None else is_old | encrypted.of_order
        query = select(encrypted.column.table).where(encrypted.by_vault(), is_due).order_by(*key).limit(limit)
        if after is not None:
            query = query.where(tuple_(*key) > tuple_(*after))
        return self.tx.connection.execute(query.with_for_update()).all()

    def _converted(self, encrypted: _Encrypted, rows: Sequence[Row[Any]]) -> list[Values]:
        data_keys.make_missing(self.tx, (person for row in rows if (person := encrypted.person(row))))
        name = encrypted.column.name
        converted: list[Values] = []
        for row in rows:
            context = encrypted.context(row)
            try:
                data = self.tx.cipher.decrypt(getattr(row, name), context)
                value = data_keys.encrypt(self.tx, data, context, encrypted.person(row))
            except CipherError:
                continue
            converted.append({**{key: getattr(row, key) for key in encrypted.keys}, name: value})
        return converted
