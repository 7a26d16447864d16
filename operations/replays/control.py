"""Control of replays: start, pause, resume, abort. A worker (`workers.replayer`) carries a running replay out.

A letter stays in the ledger until its outcome is recorded, and a worker only fills the outbox. So a worker may be
killed at any point: another one continues from the recorded state.
"""

from dataclasses import asdict, replace
from typing import Any
from uuid import uuid4

from ledger.dead_letters.filters import to_json
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.dead_letters.claims import CAN_RESUME
from operations.errors import ReplayRefusedError
from operations.replays import pace_rules
from operations.replays.dry_run import cutoff_of, token_of
from schemas.audit import AuditEntry
from schemas.dead_letters import LetterFilter
from schemas.replays import Replay, ReplayPace, ReplayState
from schemas.value import Value


class StartedReplay(Value):
    """A replay that was started."""

    replay_id: str
    letters: int
    """How many letters it has claimed."""
    skipped: int
    """How many matching letters another replay had claimed already."""


class AbortedReplay(Value):
    """A replay that was aborted."""

    replay_id: str
    released: int
    """How many letters were not sent and are open again."""


def start(
    context: Context, letters: LetterFilter, token: str, *, pace: ReplayPace, actor: str, reason: str
) -> StartedReplay:
    """Claim the letters of a dry run and make them a running replay.

    Raises ReplayRefusedError, with nothing changed, when other letters match than at the dry run.
    """
    pace_rules.check(pace)
    _check(actor, reason)
    cutoff = cutoff_of(token)
    frozen = replace(letters, open_by=cutoff)
    with context.ledger.begin() as work:
        count = work.replay_selection.count(frozen)
        if token_of(letters, cutoff, count) != token:
            raise ReplayRefusedError(
                f"The selection is no longer that of the dry run ({count} letters now); make a new dry run."
            )
        new = Replay(
            id=uuid4().hex[:12],
            who=actor,
            why=reason,
            selection=to_json(letters),
            cutoff=cutoff,
            planned=count,
            pace=pace,
            state=ReplayState.RUNNING,
            reason="",
            started_at=work.now,
            resumed_at=work.now,
            next_at=work.now,
        )
        claimed = work.replays.start(pace_rules.start(new, 0, work.now), frozen)
        if claimed == 0:
            raise ReplayRefusedError(f"All {count} letters are claimed by another replay; wait until it ends.")
        details = {"selection": new.selection, "planned": count, "claimed": claimed, **asdict(pace)}
        _audit(work, "replay.start", new, actor, reason, details)
    return StartedReplay(replay_id=new.id, letters=claimed, skipped=count - claimed)


def pause(context: Context, id_prefix: str, *, actor: str, reason: str) -> str:
    """Pause a running replay: nothing more is sent until it is resumed. Returns its id.

    Raises ReplayRefusedError, UnknownReplayError, AmbiguousReplayError.
    """
    with context.ledger.begin() as work:
        replay = _lock(work, id_prefix, (ReplayState.RUNNING,), "paused")
        set_state(work, replay, ReplayState.PAUSED, f"Paused by {actor}: {reason}")
        _record(work, "replay.pause", replay, actor, reason)
    return replay.id


def resume(context: Context, id_prefix: str, *, actor: str, reason: str) -> str:
    """Resume a paused or stopped replay from the first stage of its ramp; earlier failures no longer count.

    Returns its id. Raises ReplayRefusedError, UnknownReplayError, AmbiguousReplayError.
    """
    with context.ledger.begin() as work:
        replay = _lock(work, id_prefix, CAN_RESUME, "resumed")
        running = pace_rules.start(replay, work.replays.counts(replay).sent_total, work.now)
        save_pace(work, running)
        _record(work, "replay.resume", replay, actor, reason)
    return replay.id


def abort(context: Context, id_prefix: str, *, actor: str, reason: str) -> AbortedReplay:
    """End a replay: letters that were not sent are open again, those that were sent are handled.

    Raises ReplayRefusedError, UnknownReplayError, AmbiguousReplayError.
    """
    with context.ledger.begin() as work:
        replay = _lock(work, id_prefix, (ReplayState.RUNNING, *CAN_RESUME), "aborted")
        released = work.replays.abort_claimed(replay.id)
        set_state(work, replay, ReplayState.ABORTED, f"Aborted by {actor}: {reason}")
        _record(work, "replay.abort", replay, actor, reason)
    return AbortedReplay(replay_id=replay.id, released=released)


def set_state(work: UnitOfWork, replay: Replay, state: ReplayState, reason: str) -> Replay:
    """Store a replay's state and its reason; return the replay with both."""
    has_ended = state in (ReplayState.FINISHED, ReplayState.ABORTED)
    ended_at = work.now if has_ended else None
    work.replays.change(replay.id, {"state": state.value, "reason": reason, "ended_at": ended_at})
    return replace(replay, state=state, reason=reason, ended_at=ended_at)


def save_pace(work: UnitOfWork, replay: Replay) -> None:
    """Store a replay's state and the figures of its pace."""
    names = ("reason", "resumed_at", "next_at", "stage", "budget")
    work.replays.change(replay.id, {name: getattr(replay, name) for name in names} | {"state": replay.state.value})


def _check(actor: str, reason: str) -> None:
    if not actor.strip() or not reason.strip():
        raise ReplayRefusedError("Actor and reason are required.")


def _lock(work: UnitOfWork, id_prefix: str, states: tuple[ReplayState, ...], action: str) -> Replay:
    replay = work.replays.lock(work.replays.by_prefix(id_prefix).id)
    if replay.state not in states:
        raise ReplayRefusedError(f"Replay {replay.id} is {replay.state}, so it cannot be {action}.")
    return replay


def _record(work: UnitOfWork, action: str, replay: Replay, actor: str, reason: str) -> None:
    _check(actor, reason)
    counts = work.replays.counts(replay)
    details = {
        "claimed": counts.claimed,
        "sent": counts.sent,
        "ok": counts.ok,
        "failed_again": counts.failed_again,
        "skipped": counts.skipped,
    }
    _audit(work, action, replay, actor, reason, details)


def _audit(work: UnitOfWork, action: str, replay: Replay, actor: str, reason: str, details: dict[str, Any]) -> None:
    entry = AuditEntry(at=work.now, who=actor, action=action, subject=replay.id, why=reason, details=details)
    work.audit_log.write(entry)
