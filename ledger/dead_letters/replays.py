"""Replays: a frozen selection of letters, each in at most one replay, and what became of each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, insert, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.dead_letters.filters import is_open
from ledger.errors import AmbiguousReplayError, UnknownReplayError
from ledger.sql.rows import fetch_by_keys, update_rows
from ledger.sql.statements import KeySelect, KeyUpdate
from ledger.tables.core import dead_letters, is_word
from ledger.tables.replays import replay_items, replays
from ledger.transaction import Transaction
from schemas.dead_letters import LetterFilter, LetterState
from schemas.replays import ItemOutcome, ItemState, Replay, ReplayCounts, ReplayItem, ReplayPace, ReplayState

_LETTER = KeyUpdate(dead_letters, ("id",), where=is_word(dead_letters.c.state, LetterState.REPLAYING.value))
_OPEN_LETTER = KeyUpdate(
    dead_letters,
    ("id",),
    where=is_word(dead_letters.c.state, LetterState.REPLAYING.value, LetterState.OPEN.value),
)
_ITEM = KeyUpdate(replay_items, ("id",))
_SENT = KeySelect(
    replay_items,
    ("id",),
    ("id", "letter_id"),
    where=is_word(replay_items.c.state, ItemState.SENT.value),
    lock=True,
)


@dataclass(frozen=True, slots=True)
class Replays:
    """Replays and their letters, in one transaction."""

    tx: Transaction

    def start(self, replay: Replay, wanted: LetterFilter) -> int:
        """Record a replay and freeze its selection: the open letters that pass the filter. Returns their number.

        A letter that another replay holds is left to that one.
        """
        self.tx.connection.execute(insert(replays), _replay_row(replay))
        place = func.row_number().over(order_by=(dead_letters.c.last_at, dead_letters.c.id))
        chosen = select(
            literal(f"{replay.id}/") + dead_letters.c.id,
            literal(replay.id),
            dead_letters.c.id,
            place,
            literal(ItemState.CLAIMED.value),
            literal(""),
        ).where(*is_open(wanted))
        columns = ("id", "replay_id", "letter_id", "position", "state", "outcome")
        dialect = postgresql if self.tx.connection.dialect.name == "postgresql" else sqlite
        freeze = dialect.insert(replay_items).from_select(columns, chosen).on_conflict_do_nothing()
        self.tx.connection.execute(freeze)
        mine = select(replay_items.c.letter_id).where(replay_items.c.replay_id == replay.id)
        held = update(dead_letters).where(dead_letters.c.id.in_(mine), *is_open(LetterFilter()))
        self.tx.connection.execute(held.values(state=LetterState.REPLAYING.value))
        return self.tx.connection.execute(select(func.count()).select_from(mine.subquery())).scalar_one()

    def find(self, replay_id: str) -> Replay:
        """Return a replay. Raises UnknownReplayError."""
        row = self.tx.connection.execute(select(replays).where(replays.c.id == replay_id)).mappings().first()
        if row is None:
            raise UnknownReplayError(f'There is no replay "{replay_id}".')
        return _replay(row)

    def by_prefix(self, beginning: str) -> Replay:
        """Return the replay whose id begins so. Raises UnknownReplayError, AmbiguousReplayError."""
        found = select(replays.c.id).where(replays.c.id.startswith(beginning, autoescape=True)).limit(2)
        ids = self.tx.connection.execute(found).scalars().all()
        if len(ids) > 1:
            raise AmbiguousReplayError(f'Several replays begin with "{beginning}"; write more of the id.')
        return self.find(ids[0] if ids else beginning)

    def latest(self, limit: int = 20) -> list[Replay]:
        """Return replays, the latest first."""
        wanted = select(replays).order_by(replays.c.started_at.desc(), replays.c.id).limit(limit)
        return [_replay(row) for row in self.tx.connection.execute(wanted).mappings()]

    def available(self, owner: str) -> list[str]:
        """Return the ids of running replays whose lease is *owner*'s, free or expired, the oldest first."""
        wanted = select(replays.c.id).where(replays.c.state == ReplayState.RUNNING.value, self._free(owner))
        return list(self.tx.connection.execute(wanted.order_by(replays.c.started_at, replays.c.id)).scalars())

    def lease(self, replay_id: str, owner: str, time: timedelta) -> Replay | None:
        """Take or renew the lease of a replay for *owner*; return nothing while another holds it.

        Whoever holds the lease holds the row till the end of the transaction. Raises UnknownReplayError.
        """
        taken = update(replays).where(replays.c.id == replay_id, self._free(owner))
        values = {"lease_owner": owner, "lease_until": self.tx.now + time}
        row = self.tx.connection.execute(taken.values(values).returning(*replays.c)).mappings().first()
        if row is None:
            self.find(replay_id)
            return None
        return _replay(row)

    def _free(self, owner: str) -> ColumnElement[bool]:
        return or_(
            replays.c.lease_owner.is_(None), replays.c.lease_owner == owner, replays.c.lease_until <= self.tx.now
        )

    def lock(self, replay_id: str) -> Replay:
        """Return a replay that nobody else changes till the end of the transaction. Raises UnknownReplayError."""
        row = (
            self.tx.connection.execute(select(replays).where(replays.c.id == replay_id).with_for_update())
            .mappings()
            .first()
        )
        if row is None:
            raise UnknownReplayError(f'There is no replay "{replay_id}".')
        return _replay(row)

    def change(self, replay_id: str, values: Mapping[str, object]) -> None:
        """Change columns of a replay."""
        self.tx.connection.execute(update(replays).where(replays.c.id == replay_id).values(dict(values)))

    def counts(self, replay: Replay, *, since_resumed: bool = False) -> ReplayCounts:
        """Count a replay's letters by state; with *since_resumed* only outcomes since it was last resumed."""
        counted = select(
            replay_items.c.state,
            func.count().label("letters"),
            func.max(replay_items.c.sent_at).label("sent_at"),
            func.max(replay_items.c.ended_at).label("ended_at"),
        ).where(replay_items.c.replay_id == replay.id)
        if since_resumed:
            counted = counted.where(
                or_(replay_items.c.ended_at.is_(None), replay_items.c.ended_at >= replay.resumed_at)
            )
        rows = self.tx.connection.execute(counted.group_by(replay_items.c.state)).all()
        moves = [at for row in rows for at in (row.sent_at, row.ended_at) if at is not None]
        return ReplayCounts(**{row.state: row.letters for row in rows}, moved_at=max(moves, default=None))

    def items(self, replay_id: str, state: ItemState | None = None, limit: int = 1000) -> list[ReplayItem]:
        """Return a replay's letters in their order, those in one state or all."""
        wanted = select(replay_items).where(replay_items.c.replay_id == replay_id)
        if state is not None:
            wanted = wanted.where(replay_items.c.state == state.value)
        rows = self.tx.connection.execute(wanted.order_by(replay_items.c.position).limit(limit)).mappings()
        return [_item(row) for row in rows]

    def next_items(self, replay_id: str, limit: int) -> list[ReplayItem]:
        """Return the next letters to be sent, theirs and their letters' rows locked."""
        wanted = (
            select(replay_items)
            .join(dead_letters, dead_letters.c.id == replay_items.c.letter_id)
            .where(replay_items.c.replay_id == replay_id, is_word(replay_items.c.state, ItemState.CLAIMED.value))
            .order_by(replay_items.c.position)
            .limit(limit)
            .with_for_update()
        )
        return [_item(row) for row in self.tx.connection.execute(wanted).mappings()]

    def mark_sent(self, ids: Sequence[str]) -> None:
        """Record that these letters' messages stand in the outbox."""
        rows = [{"id": one, "state": ItemState.SENT.value, "sent_at": self.tx.now} for one in sorted(ids)]
        update_rows(self.tx.connection, _ITEM, rows)

    def skip(self, reasons: Mapping[str, str]) -> None:
        """Record that these letters were not sent, and why."""
        update_rows(
            self.tx.connection,
            _ITEM,
            [_ended(self.tx, one, ItemState.SKIPPED, reasons[one]) for one in sorted(reasons)],
        )

    def abort_claimed(self, replay_id: str) -> int:
        """Let go of the letters that were not sent; they wait again. Returns how many."""
        gone = update(replay_items).where(
            replay_items.c.replay_id == replay_id, is_word(replay_items.c.state, ItemState.CLAIMED.value)
        )
        values = {"state": ItemState.ABORTED.value, "outcome": "The replay was aborted.", "ended_at": self.tx.now}
        letters = self.tx.connection.execute(gone.values(values).returning(replay_items.c.letter_id)).scalars().all()
        rows = [{"id": one, "state": LetterState.OPEN.value, "open_since": self.tx.now} for one in sorted(letters)]
        update_rows(self.tx.connection, _LETTER, rows)
        return len(letters)

    def record_outcomes(self, outcomes: Collection[ItemOutcome]) -> None:
        """Record what consumers made of replayed letters. An outcome for a letter that is not sent changes nothing.

        What went well settles the letter; what did not lets it wait again.
        """
        if not outcomes:
            return
        told = {outcome.item_id: outcome for outcome in outcomes}
        found = fetch_by_keys(self.tx.connection, _SENT, [(one,) for one in sorted(told)])
        ended = [(row.letter_id, told[row.id]) for row in found]
        update_rows(
            self.tx.connection,
            _ITEM,
            [_ended(self.tx, outcome.item_id, outcome.state, outcome.outcome) for _, outcome in ended],
        )
        well = [letter for letter, outcome in ended if outcome.state is not ItemState.FAILED_AGAIN]
        ill = [(letter, outcome) for letter, outcome in ended if outcome.state is ItemState.FAILED_AGAIN]
        resolved = {"state": LetterState.RESOLVED.value, "resolved_at": self.tx.now}
        update_rows(self.tx.connection, _OPEN_LETTER, [{"id": one, **resolved} for one in sorted(well)])
        _let_wait(self.tx, [letter for letter, outcome in ill if outcome.counted], counted=True)
        _let_wait(self.tx, [letter for letter, outcome in ill if not outcome.counted], counted=False)


def _let_wait(tx: Transaction, letters: Sequence[str], *, counted: bool) -> None:
    values: dict[str, Any] = {"state": LetterState.OPEN.value, "open_since": tx.now}
    if not counted:
        values |= {"attempts": dead_letters.c.attempts + 1, "last_at": tx.now}
    replayed = is_word(dead_letters.c.state, LetterState.REPLAYING.value)
    if letters:
        tx.connection.execute(update(dead_letters).where(dead_letters.c.id.in_(letters), replayed).values(values))


def _ended(tx: Transaction, one: str, state: ItemState, outcome: str) -> dict[str, object]:
    return {"id": one, "state": state.value, "outcome": outcome, "ended_at": tx.now}


def _replay_row(replay: Replay) -> dict[str, object]:
    names = [column.name for column in replays.columns if column.name not in ("rate", "ramp", "stop_share", "state")]
    pace = {"rate": replay.pace.rate, "ramp": replay.pace.ramp, "stop_share": replay.pace.stop_share}
    return {name: getattr(replay, name) for name in names} | pace | {"state": replay.state.value}


def _replay(row: RowMapping) -> Replay:
    fields = dict(row)
    pace = ReplayPace(fields.pop("rate"), fields.pop("ramp"), fields.pop("stop_share"))
    return Replay(**(fields | {"pace": pace, "state": ReplayState(row["state"])}))


def _item(row: RowMapping) -> ReplayItem:
    return ReplayItem(**(dict(row) | {"state": ItemState(row["state"])}))
