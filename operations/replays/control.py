"""Replaying: a frozen selection of dead letters is said again at a pace, and each letter's outcome awaited.

Until its outcome is known a letter stays in the ledger; sending only fills the outbox. So a replay may be killed at
any point: whoever resumes it goes on where it stood.
"""

import os
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from threading import Event
from uuid import uuid4

import structlog

from ledger.dead_letters.filters import LetterFilter, in_words
from ledger.ledger import Ledger
from ledger.unit_of_work import Work
from operations.errors import ReplayBusyError, ReplayRefusedError
from operations.replays import pace_rules
from operations.replays.dry_run import cutoff_of, token_of
from operations.replays.send import send_next
from schemas.replays import Act, Pace, Replay, ReplayState, Sums
from workers.process.retry import StoppedError, wait_out

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
"""A replay whose process died may be taken over after so long."""

MOST = 500
"""Letters sent in one transaction; a longer one would hold up the consumers on SQLite."""

TICK = 0.2
"""Seconds between two looks at a replay."""

CAN_GO_ON = (ReplayState.PAUSED, ReplayState.STOPPED)

Progress = Callable[[Replay, Sums], None]


@dataclass(frozen=True, slots=True)
class Started:
    """A replay that was started: the letters it holds, and how many another replay held already."""

    replay_id: str
    letters: int
    skipped: int


def start(ledger: Ledger, wanted: LetterFilter, token: str, *, pace: Pace, who: str, why: str) -> Started:
    """Freeze the selection that a dry run told of, and make it a replay; a `ReplayRun` carries it out.

    Raises ReplayRefusedError, with nothing changed, when the selection is another by now.
    """
    pace_rules.check(pace)
    _check(who, why)
    cutoff = cutoff_of(token)
    frozen = replace(wanted, waiting_by=cutoff)
    with ledger.begin() as work:
        count = work.letters.count_waiting(frozen)
        if token_of(wanted, cutoff, count) != token:
            raise ReplayRefusedError(
                f"The selection is no longer that of the dry run ({count} letters now); make a new dry run."
            )
        replay = Replay(
            id=uuid4().hex[:12],
            who=who,
            why=why,
            selection=in_words(wanted),
            cutoff=cutoff,
            planned=count,
            pace=pace,
            state=ReplayState.RUNNING,
            reason="",
            started_at=work.now,
            resumed_at=work.now,
            next_at=work.now,
        )
        held = work.letters.start_replay(pace_rules.begin(replay, 0, work.now), frozen)
        if held == 0:
            raise ReplayRefusedError(f"All {count} letters are held by another replay; see how it goes on.")
        details = {"selection": replay.selection, "planned": count, "held": held, **asdict(pace)}
        work.letters.put_on_record(Act(work.now, who, "replay.start", replay.id, why, details))
    return Started(replay.id, held, count - held)


def pause(ledger: Ledger, replay_id: str, *, who: str, why: str) -> None:
    """Let a replay send nothing more until it is resumed. Raises ReplayRefusedError, UnknownReplayError."""
    with ledger.begin() as work:
        replay = _expected(work, replay_id, (ReplayState.RUNNING,), "paused")
        _set(work, replay, ReplayState.PAUSED, f"Paused by {who}: {why}")
        _record(work, "replay.pause", replay, who, why)


def resume(ledger: Ledger, replay_id: str, *, who: str, why: str) -> None:
    """Set a paused or stopped replay going again, from the first stage of its ramp; failures so far count no more.

    Raises ReplayRefusedError, UnknownReplayError.
    """
    with ledger.begin() as work:
        replay = _expected(work, replay_id, CAN_GO_ON, "resumed")
        going = pace_rules.begin(replay, work.letters.sums(replay).gone_out, work.now)
        _save_pace(work, going)
        _record(work, "replay.resume", replay, who, why)


def abort(ledger: Ledger, replay_id: str, *, who: str, why: str) -> int:
    """End a replay: what was not sent waits again, what was sent is handled. Returns how many wait again.

    Raises ReplayRefusedError, UnknownReplayError.
    """
    with ledger.begin() as work:
        replay = _expected(work, replay_id, (ReplayState.RUNNING, *CAN_GO_ON), "aborted")
        let_go = work.letters.abort_claimed(replay_id)
        _set(work, replay, ReplayState.ABORTED, f"Aborted by {who}: {why}")
        _record(work, "replay.abort", replay, who, why)
        return let_go


class ReplayRun:
    """Carries out one replay. Only one process does at a time: it holds a lease, which a dead one loses."""

    def __init__(
        self, ledger: Ledger, replay_id: str, owner: str | None = None, patience: timedelta = pace_rules.PATIENCE
    ) -> None:
        """Carry out a replay as *owner*; outcomes that do not come within *patience* pause it."""
        self._ledger = ledger
        self._replay_id = replay_id
        self._owner = owner or f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"
        self._patience = patience
        self._watching_since: datetime | None = None

    def run(self, stop: Event, progress: Progress | None = None) -> tuple[Replay, Sums]:
        """Go on until the replay ends or waits for a person, or *stop* is set. Returns where it stands then.

        Raises ReplayBusyError while another process carries it out.
        """
        what = f"replay {self._replay_id} goes on"
        while True:
            replay, sums = wait_out(self.turn, what, stop)
            if progress:
                progress(replay, sums)
            if replay.state is not ReplayState.RUNNING:
                return replay, sums
            if stop.wait(TICK):
                self._let_go()
                raise StoppedError(f"Replay {self._replay_id} was left running; resume it when you like.")

    def turn(self) -> tuple[Replay, Sums]:
        """Send what may go out now, in one transaction, or end the replay. Returns where it stands."""
        with self._ledger.begin() as work:
            replay = work.letters.lease_replay(self._replay_id, self._owner, LEASE)
            if replay is None:
                raise ReplayBusyError(f"Replay {self._replay_id} is being carried out by another process.")
            if replay.state is ReplayState.RUNNING:
                replay = self._go_on(work, replay)
            if replay.state is not ReplayState.RUNNING:
                work.letters.change_replay(replay.id, {"lease_owner": None, "lease_until": None})
            return replay, work.letters.sums(replay)

    def _go_on(self, work: Work, replay: Replay) -> Replay:
        sums = work.letters.sums(replay)
        since_resumed = work.letters.sums(replay, since_resumed=True)
        verdict = pace_rules.judge(replay, sums, since_resumed, self._waited(replay, sums, work.now), self._patience)
        if verdict:
            log.info("replay ends or waits", replay=replay.id, state=verdict.state, reason=verdict.reason)
            return _set(work, replay, verdict.state, verdict.reason)
        climbed = pace_rules.climb(replay, sums)
        sent = send_next(work, replay.id, pace_rules.may_send(climbed, sums, work.now, MOST))
        going = pace_rules.sent(climbed, sent, work.now) if sent else climbed
        if going != replay:
            _save_pace(work, going)
        return going

    def _waited(self, replay: Replay, sums: Sums, now: datetime) -> timedelta:
        """Return how long nothing has moved; the time in which nobody carried the replay out does not count."""
        self._watching_since = self._watching_since or now
        return now - max(self._watching_since, replay.resumed_at, sums.moved_at or replay.resumed_at)

    def _let_go(self) -> None:
        with self._ledger.begin() as work:
            if work.letters.lease_replay(self._replay_id, self._owner, LEASE):
                work.letters.change_replay(self._replay_id, {"lease_owner": None, "lease_until": None})


def _check(who: str, why: str) -> None:
    if not who.strip() or not why.strip():
        raise ReplayRefusedError("Say who replays and why: both go on record.")


def _expected(work: Work, replay_id: str, states: tuple[ReplayState, ...], what: str) -> Replay:
    replay = work.letters.replay(replay_id, lock=True)
    if replay.state not in states:
        raise ReplayRefusedError(f"Replay {replay_id} is {replay.state}, so it cannot be {what}.")
    return replay


def _set(work: Work, replay: Replay, state: ReplayState, reason: str) -> Replay:
    has_ended = state in (ReplayState.FINISHED, ReplayState.ABORTED)
    ended_at = work.now if has_ended else None
    work.letters.change_replay(replay.id, {"state": state.value, "reason": reason, "ended_at": ended_at})
    return replace(replay, state=state, reason=reason, ended_at=ended_at)


def _save_pace(work: Work, replay: Replay) -> None:
    names = ("reason", "resumed_at", "next_at", "stage", "budget")
    work.letters.change_replay(
        replay.id, {name: getattr(replay, name) for name in names} | {"state": replay.state.value}
    )


def _record(work: Work, action: str, replay: Replay, who: str, why: str) -> None:
    _check(who, why)
    sums = work.letters.sums(replay)
    details: dict[str, object] = {
        "claimed": sums.claimed,
        "sent": sums.sent,
        "ok": sums.ok,
        "failed_again": sums.failed_again,
        "skipped": sums.skipped,
    }
    work.letters.put_on_record(Act(work.now, who, action, replay.id, why, details))
