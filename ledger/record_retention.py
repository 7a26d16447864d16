"""Retention of records: ended dead letters, ended replays and the audit log, a bounded number of rows at a time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Executable, delete, exists, select

from ledger.dead_letters.letters import UNRESOLVED_STATES
from ledger.tables.dead_letters import audit_log, dead_letter_causes, dead_letters
from ledger.tables.replays import CLAIMED_OR_SENT, replay_items, replays
from ledger.transaction import Transaction
from schemas.replays import ReplayState

_ENDED = (ReplayState.FINISHED.value, ReplayState.ABORTED.value)


@dataclass(frozen=True, slots=True)
class RecordRetention:
    """The purge of records whose time is over, in one transaction. A record that waits for somebody is never purged."""

    tx: Transaction

    def purge_letters(self, before: datetime, limit: int) -> int:
        """Delete letters that were resolved or discarded before this instant, with their causes. Returns how many.

        A discarded message that comes again afterwards is a new letter, so the inbox has to have forgotten it first.
        """
        is_over = (
            dead_letters.c.state.not_in(UNRESOLVED_STATES),
            dead_letters.c.resolved_at < before,
            dead_letters.c.last_at < before,  # which an index has; it is never after resolved_at
        )
        in_replay = exists().where(replay_items.c.letter_id == dead_letters.c.id, CLAIMED_OR_SENT)
        query = select(dead_letters.c.id).where(*is_over, ~in_replay).order_by(dead_letters.c.last_at).limit(limit)
        ids = list(self.tx.connection.execute(query).scalars())
        if ids:
            self.tx.connection.execute(delete(dead_letter_causes).where(dead_letter_causes.c.letter_id.in_(ids)))
        return self._delete(delete(dead_letters).where(dead_letters.c.id.in_(ids)).returning(dead_letters.c.id), ids)

    def purge_replays(self, before: datetime, limit: int) -> int:
        """Delete replays that ended before this instant: letters by letter, then the replay. Returns how many rows."""
        is_over = (replays.c.state.in_(_ENDED), replays.c.ended_at < before, replays.c.started_at < before)
        query = select(replays.c.id).where(*is_over).order_by(replays.c.started_at).limit(limit)
        ended = list(self.tx.connection.execute(query).scalars())
        items = select(replay_items.c.id).where(replay_items.c.replay_id.in_(ended)).limit(limit)
        chosen = delete(replay_items).where(replay_items.c.id.in_(items))
        rows = self._delete(chosen.returning(replay_items.c.id), ended)
        emptied = delete(replays).where(
            replays.c.id.in_(ended), ~exists().where(replay_items.c.replay_id == replays.c.id)
        )
        return rows + self._delete(emptied.returning(replays.c.id), ended)

    def purge_audit_log(self, before: datetime, limit: int) -> int:
        """Delete entries from before this instant, the oldest first. Returns how many."""
        # Entries are numbered in the order of their time; the oldest are looked at, and no others.
        oldest = select(audit_log.c.id, audit_log.c.at).order_by(audit_log.c.id).limit(limit).subquery()
        is_over = audit_log.c.id.in_(select(oldest.c.id).where(oldest.c.at < before))
        return len(self.tx.connection.execute(delete(audit_log).where(is_over).returning(audit_log.c.id)).all())

    def _delete(self, statement: Executable, ids: list[str]) -> int:
        """Return how many rows a statement about these ids deletes; without ids there is nothing to delete."""
        return len(self.tx.connection.execute(statement).all()) if ids else 0
