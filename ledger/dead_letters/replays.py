"""The repository of replays: each a frozen selection of letters, none in two replays at a time, with their outcomes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, literal, or_, select, union_all, update

from ledger.dead_letters.filters import open_letter_conditions
from ledger.dead_letters.replay_rows import read_item, read_replay, replay_row
from ledger.errors import AmbiguousReplayError, UnknownReplayError
from ledger.pages import before
from ledger.sql.rows import Values, fetch_by_keys, update_rows
from ledger.sql.statements import KeySelect, KeyUpdate, insertion
from ledger.tables.dead_letters import dead_letters
from ledger.tables.metadata import equals_literal
from ledger.tables.replays import replay_items, replays
from ledger.transaction import Transaction
from schemas.dead_letters import LetterFilter, LetterState
from schemas.replays import ItemOutcome, ItemState, Replay, ReplayCounts, ReplayItem, ReplayState

_CLAIMED = equals_literal(replay_items.c.state, ItemState.CLAIMED.value)
_SENT = equals_literal(replay_items.c.state, ItemState.SENT.value)
_REPLAYING = equals_literal(dead_letters.c.state, LetterState.REPLAYING.value)
_REPLAYING_OR_OPEN = equals_literal(dead_letters.c.state, LetterState.REPLAYING.value, LetterState.OPEN.value)

_ITEM = KeyUpdate(replay_items, ("id",))
_LOCK_SENT = KeySelect(replay_items, ("id",), ("id", "letter_id"), where=_SENT, lock=True)
_REOPEN = KeyUpdate(dead_letters, ("id",), where=_REPLAYING)
_RESOLVE = KeyUpdate(dead_letters, ("id",), where=_REPLAYING_OR_OPEN)


@dataclass(frozen=True, slots=True)
class Replays:
    """Replays and their letters, in one transaction."""

    tx: Transaction

    def start(self, replay: Replay, letter_filter: LetterFilter) -> int:
        """Record a replay and claim its letters: the open ones that pass the filter. Returns their number.

        A letter that another replay has claimed stays with that one.
        """
        self.tx.connection.execute(insert(replays), replay_row(replay))
        self._claim_open_letters(replay.id, letter_filter)
        claimed = select(replay_items.c.letter_id).where(replay_items.c.replay_id == replay.id)
        letters = update(dead_letters).where(dead_letters.c.id.in_(claimed), *open_letter_conditions(LetterFilter()))
        self.tx.connection.execute(letters.values(state=LetterState.REPLAYING.value))
        return self.tx.connection.execute(select(func.count()).select_from(claimed.subquery())).scalar_one()

    def find(self, replay_id: str) -> Replay:
        """Return a replay. Raises UnknownReplayError."""
        return self._find(replay_id, lock=False)

    def lock(self, replay_id: str) -> Replay:
        """Return a replay, locked until the transaction ends. Raises UnknownReplayError."""
        return self._find(replay_id, lock=True)

    def by_prefix(self, id_prefix: str) -> Replay:
        """Return the only replay whose id has this prefix. Raises UnknownReplayError, AmbiguousReplayError."""
        query = select(replays.c.id).where(replays.c.id.startswith(id_prefix, autoescape=True)).limit(2)
        ids = self.tx.connection.execute(query).scalars().all()
        if len(ids) > 1:
            raise AmbiguousReplayError(f'Several replays begin with "{id_prefix}"; write more of the id.')
        return self.find(ids[0] if ids else id_prefix)

    def latest(self, limit: int = 20, after: tuple[datetime, str] | None = None) -> list[Replay]:
        """Return replays, those started last first, after the one that started then and has this id."""
        position = (replays.c.started_at, replays.c.id)
        query = select(replays).order_by(*(column.desc() for column in position)).limit(limit)
        if after is not None:
            query = query.where(before(position, after))
        return [read_replay(row) for row in self.tx.connection.execute(query).mappings()]

    def available(self, owner: str) -> list[str]:
        """Return the ids of running replays whose lease is *owner*'s, free or expired, the oldest first."""
        query = select(replays.c.id).where(replays.c.state == ReplayState.RUNNING.value, self._free(owner))
        return list(self.tx.connection.execute(query.order_by(replays.c.started_at, replays.c.id)).scalars())

    def lease(self, replay_id: str, owner: str, time: timedelta) -> Replay | None:
        """Take or renew the lease of a replay for *owner*; return None while another owner has it.

        The replay's row stays locked until the transaction ends. Raises UnknownReplayError.
        """
        query = (
            update(replays)
            .where(replays.c.id == replay_id, self._free(owner))
            .values(lease_owner=owner, lease_until=self.tx.now + time)
            .returning(*replays.c)
        )
        row = self.tx.connection.execute(query).mappings().first()
        if row is None:
            self.find(replay_id)
            return None
        return read_replay(row)

    def _free(self, owner: str) -> ColumnElement[bool]:
        return or_(
            replays.c.lease_owner.is_(None), replays.c.lease_owner == owner, replays.c.lease_until <= self.tx.now
        )

    def change(self, replay_id: str, values: Mapping[str, object]) -> None:
        """Change columns of a replay."""
        self.tx.connection.execute(update(replays).where(replays.c.id == replay_id).values(dict(values)))

    def sizes(self, replays_counted: Collection[Replay]) -> dict[str, ReplayCounts]:
        """Count the letters of several replays by state, in one statement; `sent_at` and `ended_at` are None."""
        ids = [replay.id for replay in replays_counted]
        of_state = (replay_items.c.replay_id, replay_items.c.state)
        query = select(*of_state, func.count().label("letters")).where(replay_items.c.replay_id.in_(ids))
        counts: dict[str, dict[str, Any]] = {replay_id: {} for replay_id in ids}
        for row in self.tx.connection.execute(query.group_by(*of_state)):
            counts[row.replay_id][row.state] = row.letters
        return {replay_id: ReplayCounts(**letters) for replay_id, letters in counts.items()}

    def counts(self, replay: Replay, *, since_resumed: bool = False) -> ReplayCounts:
        """Count a replay's letters by state; with *since_resumed* only outcomes since it was last resumed."""
        query = (
            select(
                replay_items.c.state,
                func.count().label("letters"),
                func.max(replay_items.c.sent_at).label("sent_at"),
                func.max(replay_items.c.ended_at).label("ended_at"),
            )
            .where(replay_items.c.replay_id == replay.id)
            .group_by(replay_items.c.state)
        )
        if since_resumed:
            query = query.where(or_(replay_items.c.ended_at.is_(None), replay_items.c.ended_at >= replay.resumed_at))
        rows = self.tx.connection.execute(query).all()
        instants = [at for row in rows for at in (row.sent_at, row.ended_at) if at is not None]
        return ReplayCounts(**{row.state: row.letters for row in rows}, moved_at=max(instants, default=None))

    def items(
        self, replay_id: str, state: ItemState | None = None, limit: int = 1000, after: int = 0
    ) -> list[ReplayItem]:
        """Return a replay's letters in the order in which they are sent, of one state or all, after a position.

        An index has the letters of one state in order, so the first of each are merged.
        """
        of_states = [
            select(replay_items)
            .where(replay_items.c.replay_id == replay_id, replay_items.c.state == item_state.value)
            .where(replay_items.c.position > after)
            .order_by(replay_items.c.position)
            .limit(limit)
            .subquery()
            for item_state in ([state] if state else ItemState)
        ]
        merged = union_all(*map(select, of_states)).subquery()
        rows = self.tx.connection.execute(select(merged).order_by(merged.c.position).limit(limit)).mappings()
        return [read_item(row) for row in rows]

    def next_items(self, replay_id: str, limit: int) -> list[ReplayItem]:
        """Return the next letters to be sent; their rows, here and among the dead letters, are locked."""
        query = (
            select(replay_items)
            .join(dead_letters, dead_letters.c.id == replay_items.c.letter_id)
            .where(replay_items.c.replay_id == replay_id, _CLAIMED)
            .order_by(replay_items.c.position)
            .limit(limit)
            .with_for_update()
        )
        return [read_item(row) for row in self.tx.connection.execute(query).mappings()]

    def mark_sent(self, ids: Sequence[str]) -> None:
        """Record that the messages of these letters were put into the outbox."""
        rows = [{"id": item_id, "state": ItemState.SENT.value, "sent_at": self.tx.now} for item_id in sorted(ids)]
        update_rows(self.tx.connection, _ITEM, rows)

    def skip(self, reasons: Mapping[str, str]) -> None:
        """Record that these letters are not sent, and why."""
        rows = [self._ended_row(item_id, ItemState.SKIPPED, reasons[item_id]) for item_id in sorted(reasons)]
        update_rows(self.tx.connection, _ITEM, rows)

    def abort_claimed(self, replay_id: str) -> int:
        """Release the letters that were not sent; they are open again. Returns how many."""
        query = (
            update(replay_items)
            .where(replay_items.c.replay_id == replay_id, _CLAIMED)
            .values(state=ItemState.ABORTED.value, outcome="The replay was aborted.", ended_at=self.tx.now)
            .returning(replay_items.c.letter_id)
        )
        letter_ids = self.tx.connection.execute(query).scalars().all()
        reopened = {"state": LetterState.OPEN.value, "open_since": self.tx.now}
        update_rows(self.tx.connection, _REOPEN, [{"id": letter_id, **reopened} for letter_id in sorted(letter_ids)])
        return len(letter_ids)

    def record_outcomes(self, outcomes: Collection[ItemOutcome]) -> None:
        """Record the outcomes of replayed messages. An outcome for a letter that is not in state `sent` is ignored.

        A failure reopens the letter, any other outcome resolves it.
        """
        if not outcomes:
            return
        by_item = {outcome.item_id: outcome for outcome in outcomes}
        rows = fetch_by_keys(self.tx.connection, _LOCK_SENT, [(item_id,) for item_id in sorted(by_item)])
        ended = [(row.letter_id, by_item[row.id]) for row in rows]
        items = [self._ended_row(outcome.item_id, outcome.state, outcome.outcome) for _, outcome in ended]
        update_rows(self.tx.connection, _ITEM, items)
        failed = [(letter_id, outcome) for letter_id, outcome in ended if outcome.state is ItemState.FAILED_AGAIN]
        resolved = {"state": LetterState.RESOLVED.value, "resolved_at": self.tx.now}
        succeeded = sorted({letter_id for letter_id, _ in ended} - {letter_id for letter_id, _ in failed})
        update_rows(self.tx.connection, _RESOLVE, [{"id": letter_id, **resolved} for letter_id in succeeded])
        self._reopen([letter_id for letter_id, outcome in failed if outcome.counted], {})
        attempt = {"attempts": dead_letters.c.attempts + 1, "last_at": self.tx.now}
        self._reopen([letter_id for letter_id, outcome in failed if not outcome.counted], attempt)

    def _find(self, replay_id: str, *, lock: bool) -> Replay:
        query = select(replays).where(replays.c.id == replay_id)
        row = self.tx.connection.execute(query.with_for_update() if lock else query).mappings().first()
        if row is None:
            raise UnknownReplayError(f'There is no replay "{replay_id}".')
        return read_replay(row)

    def _claim_open_letters(self, replay_id: str, letter_filter: LetterFilter) -> None:
        """Number the letters from the oldest failure on; the unique index leaves out those of other replays."""
        letters = select(
            literal(f"{replay_id}/") + dead_letters.c.id,
            literal(replay_id),
            dead_letters.c.id,
            func.row_number().over(order_by=(dead_letters.c.last_at, dead_letters.c.id)),
            literal(ItemState.CLAIMED.value),
            literal(""),
        ).where(*open_letter_conditions(letter_filter))
        columns = ("id", "replay_id", "letter_id", "position", "state", "outcome")
        claim = insertion(self.tx.connection.dialect.name, replay_items).from_select(columns, letters)
        self.tx.connection.execute(claim.on_conflict_do_nothing())

    def _reopen(self, letter_ids: Sequence[str], more: Values) -> None:
        values = {"state": LetterState.OPEN.value, "open_since": self.tx.now, **more}
        if letter_ids:
            letters = update(dead_letters).where(dead_letters.c.id.in_(letter_ids), _REPLAYING)
            self.tx.connection.execute(letters.values(values))

    def _ended_row(self, item_id: str, state: ItemState, outcome: str) -> Values:
        return {"id": item_id, "state": state.value, "outcome": outcome, "ended_at": self.tx.now}
