"""Look-ups of replays: lists, one replay with its letters, the progress of a running one."""

import json
from datetime import datetime
from operator import attrgetter
from typing import Any

from operations.context import Context
from operations.list_pages import ListKey, ListPage, list_page
from schemas.replays import ItemState, Replay, ReplayCounts, ReplayItem, ReplayState
from schemas.value import Value


class ReplaySums(Value):
    """The letters of a replay by outcome, and its state."""

    replay_id: str
    planned: int
    """Letters that matched the filter at the start."""
    sent: int
    """Letters that were sent, with or without an outcome."""
    ok: int
    failed_again: int
    skipped: int
    """Letters that another replay had claimed, or that were resolved or discarded before they were sent."""
    aborted: int
    """Letters that were not sent because the replay was aborted; they are open again."""
    state: ReplayState
    under_way: int
    """Letters that were sent and have no outcome yet."""
    reason: str
    """Why the replay was paused, stopped or aborted, in a sentence."""

    @property
    def ended(self) -> int:
        """Letters with an outcome."""
        return self.ok + self.failed_again + self.skipped + self.aborted


class ReplaySummary(ReplaySums):
    """A replay with its operator, reason and pace."""

    who: str
    why: str
    selection: dict[str, Any]
    """The filter; empty for all letters."""
    cutoff: datetime
    """Letters that became open later are not in the replay."""
    rate: float
    """Letters a second, at most."""
    ramp: bool
    """Whether it sends 1 letter first, then 5, 25, …"""
    stop_share: float
    """The share of failures at which it stops, above 0 and up to 1."""
    started_at: datetime
    ended_at: datetime | None


class ReplayedLetter(Value):
    """One letter of a replay and its outcome."""

    letter_id: str
    state: ItemState
    outcome: str
    """Why it failed again or was not sent; empty otherwise."""
    sent_at: datetime | None
    ended_at: datetime | None


class ReplayDetails(ReplaySummary):
    """A replay with its letters, in the order in which they are sent."""

    is_carried_out: bool
    """Whether a worker holds the replay's lease. A worker that died does so for up to half a minute more."""
    letters: tuple[ReplayedLetter, ...]


class ReplayProgress(Value):
    """How far a replay is; `is_carried_out` is that of `ReplayDetails`."""

    sums: ReplaySums
    is_carried_out: bool


_LATEST: ListKey[Replay] = ListKey((datetime, str), attrgetter("started_at", "id"))
_IN_ORDER: ListKey[ReplayItem] = ListKey((int,), lambda item: (item.position,))


def list_replays(context: Context, limit: int, after: str | None = None) -> ListPage[ReplaySummary]:
    """Return a page of the replays, the latest first. Raises WrongFilterError."""
    with context.ledger.read() as work:
        latest = list_page(_LATEST, lambda key, number: work.replays.latest(number, key), limit, after)
        counts = work.replays.sizes(latest.rows)
    return latest.shown_as(lambda replay: ReplaySummary.model_validate(_summary(replay, counts[replay.id])))


def show_replay(context: Context, id_prefix: str, state: ItemState | None, limit: int) -> ReplayDetails:
    """Return the replay whose id begins so, with its first letters in a state or in any.

    Raises UnknownReplayError, AmbiguousReplayError.
    """
    with context.ledger.read() as work:
        replay = work.replays.by_prefix(id_prefix)
        letters = [_replayed(item) for item in work.replays.items(replay.id, state, limit)]
        counts = work.replays.sizes([replay])[replay.id]
        leased = _is_leased(replay, work.now)
    facts = {"is_carried_out": leased, "letters": letters}
    return ReplayDetails.model_validate(_summary(replay, counts) | facts)


def replayed_letters(
    context: Context, id_prefix: str, state: ItemState | None, limit: int, after: str | None = None
) -> ListPage[ReplayedLetter]:
    """Return a page of a replay's letters in a state or in any. Raises as `show_replay`, and WrongFilterError."""
    with context.ledger.read() as work:
        replay = work.replays.by_prefix(id_prefix)

        def read(key: tuple[int] | None, number: int) -> list[ReplayItem]:
            return work.replays.items(replay.id, state, number, key[0] if key else 0)

        return list_page(_IN_ORDER, read, limit, after).shown_as(_replayed)


def progress(context: Context, id_prefix: str) -> ReplayProgress:
    """Return how far the replay is whose id begins so. Raises UnknownReplayError, AmbiguousReplayError."""
    with context.ledger.read() as work:
        replay = work.replays.by_prefix(id_prefix)
        sums = ReplaySums.model_validate(_sums(replay, work.replays.sizes([replay])[replay.id]))
        leased = _is_leased(replay, work.now)
    return ReplayProgress(sums=sums, is_carried_out=leased)


def _is_leased(replay: Replay, now: datetime) -> bool:
    return replay.lease_until is not None and replay.lease_until > now


def _summary(replay: Replay, counts: ReplayCounts) -> dict[str, Any]:
    return _sums(replay, counts) | {
        "who": replay.who,
        "why": replay.why,
        "selection": json.loads(replay.selection),
        "cutoff": replay.cutoff,
        "rate": replay.pace.rate,
        "ramp": replay.pace.ramp,
        "stop_share": replay.pace.stop_share,
        "started_at": replay.started_at,
        "ended_at": replay.ended_at,
    }


def _sums(replay: Replay, counts: ReplayCounts) -> dict[str, Any]:
    claimed_at_start = counts.claimed + counts.sent + counts.ended
    return {
        "replay_id": replay.id,
        "planned": replay.planned,
        "sent": counts.sent_total,
        "ok": counts.ok,
        "failed_again": counts.failed_again,
        "skipped": counts.skipped + replay.planned - claimed_at_start,
        "aborted": counts.aborted,
        "state": replay.state,
        "under_way": counts.sent,
        "reason": replay.reason,
    }


def _replayed(item: ReplayItem) -> ReplayedLetter:
    return ReplayedLetter(
        letter_id=item.letter_id,
        state=item.state,
        outcome=item.outcome,
        sent_at=item.sent_at,
        ended_at=item.ended_at,
    )
