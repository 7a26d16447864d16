"""The destruction of personal data: of orders whose time is over, and of messages that no order's time ends.

A data key is destroyed with its order's data, so that copies which nobody deletes (messages that were sent, dead rows,
backups from before) cannot be decrypted, once the vault's key has been changed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, select, tuple_, update

from ledger.dead_letters.audit_log import AuditLog
from ledger.dead_letters.letters import UNRESOLVED_STATES
from ledger.orders.orders import KEY
from ledger.sql.rows import delete_rows
from ledger.sql.statements import KeyUpdate
from ledger.tables.dead_letters import dead_letters
from ledger.tables.messages import early_events, outbox
from ledger.tables.orders import vault
from ledger.transaction import Transaction
from schemas.audit import AuditEntry
from schemas.dead_letters import LetterState
from schemas.order import OrderKey
from schemas.personal import OWN_EVENTS

_VAULT = KeyUpdate(vault, KEY)
_EARLY = KeyUpdate(early_events, KEY)
WHO, WHY = "crossdock", "The time of the buyer's personal data was over."
"""Actor and reason in the audit log, where an open letter lost its message."""

_MAY_BE_PERSONAL = dead_letters.c.event.not_in(OWN_EVENTS)


@dataclass(frozen=True, slots=True)
class Destruction:
    """The destruction of personal data, in one transaction."""

    tx: Transaction

    def destroy(self, keys: Collection[OrderKey]) -> int:
        """Destroy the data key and the personal data of these orders, with their messages; return how many there were.

        Letters lose their message, and open ones are discarded, with an entry in the audit log each.
        """
        ordered = sorted(set(keys))
        if not ordered:
            return 0
        of_orders = tuple_(dead_letters.c.store_id, dead_letters.c.amazon_order_id).in_(ordered)
        self._end_letters(self._letters(_MAY_BE_PERSONAL & of_orders))
        delete_rows(self.tx.connection, _EARLY, ordered)
        unsent = outbox.c.sent_at.is_(None) & tuple_(outbox.c.store_id, outbox.c.order_id).in_(ordered)
        self.tx.connection.execute(delete(outbox).where(unsent))
        delete_rows(self.tx.connection, _VAULT, ordered)
        self.tx.data_keys.update(dict.fromkeys(ordered))
        return len(ordered)

    def destroy_unattributed(self, before: datetime, limit: int) -> int:
        """Destroy messages of letters of no known order that failed last before this instant; return how many."""
        of_nobody = dead_letters.c.store_id.is_(None) & (dead_letters.c.last_at < before)
        letters = self._letters(_MAY_BE_PERSONAL & of_nobody, limit)
        self._end_letters(letters)
        return len(letters)

    def _letters(self, condition: ColumnElement[bool], limit: int | None = None) -> Sequence[Row[Any]]:
        query: Select[Any] = select(dead_letters.c.id, dead_letters.c.state)
        with_body = condition & dead_letters.c.body.is_not(None)
        chosen = query.where(with_body).order_by(dead_letters.c.id).limit(limit).with_for_update()
        return self.tx.connection.execute(chosen).all()

    def _end_letters(self, letters: Sequence[Row[Any]]) -> None:
        """Delete the letters' messages; unresolved letters are discarded: nobody can replay them."""
        ids = [row.id for row in letters]
        unresolved = [row.id for row in letters if row.state in UNRESOLVED_STATES]
        of_ids = update(dead_letters).where(dead_letters.c.id.in_(ids))
        self.tx.connection.execute(of_ids.values(body=None, difference=None))
        discarded = update(dead_letters).where(dead_letters.c.id.in_(unresolved))
        self.tx.connection.execute(discarded.values(state=LetterState.DISCARDED.value, resolved_at=self.tx.now))
        for letter_id in unresolved:
            entry = AuditEntry(at=self.tx.now, who=WHO, action="letter.discard", subject=letter_id, why=WHY, details={})
            AuditLog(self.tx).write(entry)
