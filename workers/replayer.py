"""Carries out replays: sends the letters of a replay at its pace until it ends or waits for a person."""

import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from uuid import uuid4

import structlog

from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork
from operations.errors import ReplayBusyError
from operations.replays import pace_rules
from operations.replays.control import save_pace, set_state
from operations.replays.send import send_next
from schemas.replays import Replay, ReplayCounts, ReplayState
from workers.process.retry import StoppedError, retry_until_stopped

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
"""A replay whose process died may be taken over after so long."""

MOST = 500
"""Letters sent in one transaction; a longer one would hold up the consumers on SQLite."""

TICK = 0.2
"""Seconds between two looks at a replay."""

Progress = Callable[[Replay, ReplayCounts], None]


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

    def run(self, stop: Event, progress: Progress | None = None) -> tuple[Replay, ReplayCounts]:
        """Go on until the replay ends or waits for a person, or *stop* is set. Returns where it stands then.

        Raises ReplayBusyError while another process carries it out.
        """
        what = f"replay {self._replay_id} goes on"
        while True:
            replay, sums = retry_until_stopped(self.turn, what, stop)
            if progress:
                progress(replay, sums)
            if replay.state is not ReplayState.RUNNING:
                return replay, sums
            if stop.wait(TICK):
                self._let_go()
                raise StoppedError(f"Replay {self._replay_id} was left running; resume it when you like.")

    def turn(self) -> tuple[Replay, ReplayCounts]:
        """Send what may go out now, in one transaction, or end the replay. Returns where it stands."""
        with self._ledger.begin() as work:
            replay = work.replays.lease(self._replay_id, self._owner, LEASE)
            if replay is None:
                raise ReplayBusyError(f"Replay {self._replay_id} is being carried out by another process.")
            if replay.state is ReplayState.RUNNING:
                replay = self._go_on(work, replay)
            if replay.state is not ReplayState.RUNNING:
                work.replays.change(replay.id, {"lease_owner": None, "lease_until": None})
            return replay, work.replays.counts(replay)

    def _go_on(self, work: UnitOfWork, replay: Replay) -> Replay:
        sums = work.replays.counts(replay)
        since_resumed = work.replays.counts(replay, since_resumed=True)
        verdict = pace_rules.evaluate(replay, sums, since_resumed, self._waited(replay, sums, work.now), self._patience)
        if verdict:
            log.info("replay ends or waits", replay=replay.id, state=verdict.state, reason=verdict.reason)
            return set_state(work, replay, verdict.state, verdict.reason)
        climbed = pace_rules.next_stage(replay, sums)
        sent = send_next(work, replay.id, pace_rules.allowance(climbed, sums, work.now, MOST))
        going = pace_rules.sent(climbed, sent, work.now) if sent else climbed
        if going != replay:
            save_pace(work, going)
        return going

    def _waited(self, replay: Replay, sums: ReplayCounts, now: datetime) -> timedelta:
        """Return how long nothing has moved; the time in which nobody carried the replay out does not count."""
        self._watching_since = self._watching_since or now
        return now - max(self._watching_since, replay.resumed_at, sums.moved_at or replay.resumed_at)

    def _let_go(self) -> None:
        with self._ledger.begin() as work:
            if work.replays.lease(self._replay_id, self._owner, LEASE):
                work.replays.change(self._replay_id, {"lease_owner": None, "lease_until": None})
