"""Replaying: a frozen selection of dead letters is said again at a pace, and each letter's outcome awaited.

Until its outcome is known a letter stays in the ledger; sending only fills the outbox. So a replay may be killed at
any point: whoever resumes it goes on where it stood.
"""

from dataclasses import asdict, dataclass, replace
from uuid import uuid4

from ledger.dead_letters.filters import LetterFilter, to_json
from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork
from operations.errors import ReplayRefusedError
from operations.replays import pace_rules
from operations.replays.dry_run import cutoff_of, token_of
from schemas.replays import AuditEntry, Replay, ReplayPace, ReplayState

CAN_GO_ON = (ReplayState.PAUSED, ReplayState.STOPPED)


@dataclass(frozen=True, slots=True)
class StartedReplay:
    """A replay that was started: the letters it holds, and how many another replay held already."""

    replay_id: str
    letters: int
    skipped: int


def start(ledger: Ledger, wanted: LetterFilter, token: str, *, pace: ReplayPace, who: str, why: str) -> StartedReplay:
    """Freeze the selection that a dry run told of, and make it a replay; a `ReplayRun` carries it out.

    Raises ReplayRefusedError, with nothing changed, when the selection is another by now.
    """
    pace_rules.check(pace)
    _check(who, why)
    cutoff = cutoff_of(token)
    frozen = replace(wanted, open_by=cutoff)
    with ledger.begin() as work:
        count = work.replay_selection.count(frozen)
        if token_of(wanted, cutoff, count) != token:
            raise ReplayRefusedError(
                f"The selection is no longer that of the dry run ({count} letters now); make a new dry run."
            )
        replay = Replay(
            id=uuid4().hex[:12],
            who=who,
            why=why,
            selection=to_json(wanted),
            cutoff=cutoff,
            planned=count,
            pace=pace,
            state=ReplayState.RUNNING,
            reason="",
            started_at=work.now,
            resumed_at=work.now,
            next_at=work.now,
        )
        held = work.replays.start(pace_rules.start(replay, 0, work.now), frozen)
        if held == 0:
            raise ReplayRefusedError(f"All {count} letters are held by another replay; see how it goes on.")
        details = {"selection": replay.selection, "planned": count, "held": held, **asdict(pace)}
        work.audit_log.write(AuditEntry(work.now, who, "replay.start", replay.id, why, details))
    return StartedReplay(replay.id, held, count - held)


def pause(ledger: Ledger, replay_id: str, *, who: str, why: str) -> None:
    """Let a replay send nothing more until it is resumed. Raises ReplayRefusedError, UnknownReplayError."""
    with ledger.begin() as work:
        replay = _expected(work, replay_id, (ReplayState.RUNNING,), "paused")
        set_state(work, replay, ReplayState.PAUSED, f"Paused by {who}: {why}")
        _record(work, "replay.pause", replay, who, why)


def resume(ledger: Ledger, replay_id: str, *, who: str, why: str) -> None:
    """Set a paused or stopped replay going again, from the first stage of its ramp; failures so far count no more.

    Raises ReplayRefusedError, UnknownReplayError.
    """
    with ledger.begin() as work:
        replay = _expected(work, replay_id, CAN_GO_ON, "resumed")
        going = pace_rules.start(replay, work.replays.counts(replay).sent_total, work.now)
        save_pace(work, going)
        _record(work, "replay.resume", replay, who, why)


def abort(ledger: Ledger, replay_id: str, *, who: str, why: str) -> int:
    """End a replay: what was not sent waits again, what was sent is handled. Returns how many wait again.

    Raises ReplayRefusedError, UnknownReplayError.
    """
    with ledger.begin() as work:
        replay = _expected(work, replay_id, (ReplayState.RUNNING, *CAN_GO_ON), "aborted")
        let_go = work.replays.abort_claimed(replay_id)
        set_state(work, replay, ReplayState.ABORTED, f"Aborted by {who}: {why}")
        _record(work, "replay.abort", replay, who, why)
        return let_go


def _check(who: str, why: str) -> None:
    if not who.strip() or not why.strip():
        raise ReplayRefusedError("Say who replays and why: both go on record.")


def _expected(work: UnitOfWork, replay_id: str, states: tuple[ReplayState, ...], what: str) -> Replay:
    replay = work.replays.lock(replay_id)
    if replay.state not in states:
        raise ReplayRefusedError(f"Replay {replay_id} is {replay.state}, so it cannot be {what}.")
    return replay


def set_state(work: UnitOfWork, replay: Replay, state: ReplayState, reason: str) -> Replay:
    """Store a replay's state and its reason; return the replay as it is then."""
    has_ended = state in (ReplayState.FINISHED, ReplayState.ABORTED)
    ended_at = work.now if has_ended else None
    work.replays.change(replay.id, {"state": state.value, "reason": reason, "ended_at": ended_at})
    return replace(replay, state=state, reason=reason, ended_at=ended_at)


def save_pace(work: UnitOfWork, replay: Replay) -> None:
    """Store how the replay goes on."""
    names = ("reason", "resumed_at", "next_at", "stage", "budget")
    work.replays.change(replay.id, {name: getattr(replay, name) for name in names} | {"state": replay.state.value})


def _record(work: UnitOfWork, action: str, replay: Replay, who: str, why: str) -> None:
    _check(who, why)
    sums = work.replays.counts(replay)
    details: dict[str, object] = {
        "claimed": sums.claimed,
        "sent": sums.sent,
        "ok": sums.ok,
        "failed_again": sums.failed_again,
        "skipped": sums.skipped,
    }
    work.audit_log.write(AuditEntry(work.now, who, action, replay.id, why, details))
