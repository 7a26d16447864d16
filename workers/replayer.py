"""The replayer: carries out running replays, each at its pace, until they end or wait for a person.

Several may run. Each replay has one carrier, which holds its lease; the lease of a carrier that died expires. Sending
only fills the outbox, in the transaction that marks the letters as sent, so a crash sends no letter twice.
"""

import os
import socket
from contextlib import suppress
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
from pipeline.liveness import Liveness
from schemas.errors import RetryableError
from schemas.replays import Replay, ReplayCounts, ReplayState
from schemas.safe_errors import describe, stack
from workers.process.retry import StoppedError, retry_until_stopped

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
"""A replay whose carrier died is taken over after so long."""

BATCH = 500
"""Letters sent in one transaction; a longer one would block the consumers on SQLite."""

TICK = 0.2
"""Seconds between two turns while this process carries a replay out."""

IDLE = 1.0
"""Seconds between two looks for running replays while there is none. A look is one query."""


class Replayer:
    """Carries out every running replay that no other process carries out, all in turn."""

    def __init__(
        self,
        ledger: Ledger,
        liveness: Liveness | None = None,
        owner: str | None = None,
        outcome_timeout: timedelta = pace_rules.OUTCOME_TIMEOUT,
    ) -> None:
        """Carry out the replays of *ledger* as *owner*, a name that no other process has."""
        self._ledger = ledger
        self._liveness = liveness or Liveness()
        self._owner = owner or f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"
        self._outcome_timeout = outcome_timeout
        self._runs: dict[str, ReplayRun] = {}

    def run(self, stop: Event) -> None:
        """Carry out replays until *stop* is set. Other processes may then take them over at once."""
        try:
            while not stop.is_set():
                carried = retry_until_stopped(self.turn, "replayer sends letters", stop)
                stop.wait(TICK if carried else IDLE)
        except StoppedError as error:
            log.info("replayer stopped", reason=str(error))
        finally:
            self.close()

    def turn(self) -> int:
        """Send the letters that are due in each replay. Returns the number running here. Raises RetryableError."""
        with self._liveness.busy("replayer"):
            with self._ledger.read() as work:
                available = work.replays.available(self._owner)
            self._runs = {replay_id: self._runs.get(replay_id) or self._new_run(replay_id) for replay_id in available}
            return sum(self._turn_of(run) for run in self._runs.values())

    def close(self) -> None:
        """Release the leases. They expire by themselves where the database is away."""
        with suppress(RetryableError):
            for run in self._runs.values():
                run.release()
        self._runs = {}

    def _new_run(self, replay_id: str) -> "ReplayRun":
        return ReplayRun(self._ledger, replay_id, self._owner, self._outcome_timeout)

    def _turn_of(self, run: "ReplayRun") -> bool:
        """Return whether the replay is running here after its turn."""
        try:
            return run.turn()[0].state is ReplayState.RUNNING
        except ReplayBusyError:
            return False  # another process took the lease since the look
        except RetryableError:
            raise
        except Exception as error:  # noqa: BLE001 - one replay's fault must stop neither the others nor the relay
            reason = describe(error)
            log.error("replay failed, pausing it", replay=run.replay_id, error=reason, stack_trace=stack(error))  # noqa: TRY400
            run.pause(f"An error stopped it: {reason}")
            return False


class ReplayRun:
    """One replay as one process carries it out, under the replay's lease."""

    def __init__(
        self, ledger: Ledger, replay_id: str, owner: str, outcome_timeout: timedelta = pace_rules.OUTCOME_TIMEOUT
    ) -> None:
        """Carry out a replay as *owner*; it is paused when no outcome comes within *outcome_timeout*."""
        self.replay_id = replay_id
        self._ledger = ledger
        self._owner = owner
        self._outcome_timeout = outcome_timeout
        self._carried_since: datetime | None = None

    def turn(self) -> tuple[Replay, ReplayCounts]:
        """Send the letters that may be sent now, in one transaction, or end the replay. Returns its state then.

        Raises ReplayBusyError while another process holds the lease, UnknownReplayError, RetryableError.
        """
        with self._ledger.begin() as work:
            replay = work.replays.lease(self.replay_id, self._owner, LEASE)
            if replay is None:
                raise ReplayBusyError(f"Replay {self.replay_id} is being carried out by another process.")
            if replay.state is ReplayState.RUNNING:
                replay = self._advance(work, replay)
            if replay.state is not ReplayState.RUNNING:
                _free(work, replay.id)
            return replay, work.replays.counts(replay)

    def pause(self, reason: str) -> None:
        """Pause the replay, if it is running and no other process holds the lease. Raises RetryableError."""
        with self._ledger.begin() as work:
            replay = work.replays.lease(self.replay_id, self._owner, LEASE)
            if replay and replay.state is ReplayState.RUNNING:
                set_state(work, replay, ReplayState.PAUSED, reason)
            if replay:
                _free(work, replay.id)

    def release(self) -> None:
        """Release the lease, so that another process takes the replay over at once. Raises RetryableError."""
        with self._ledger.begin() as work:
            if work.replays.lease(self.replay_id, self._owner, LEASE):
                _free(work, self.replay_id)

    def _advance(self, work: UnitOfWork, replay: Replay) -> Replay:
        counts = work.replays.counts(replay)
        since_resumed = work.replays.counts(replay, since_resumed=True)
        idle = self._idle(replay, counts, work.now)
        decision = pace_rules.evaluate(replay, counts, since_resumed, idle, self._outcome_timeout)
        if decision:
            log.info("replay state changed", replay=replay.id, state=decision.state, reason=decision.reason)
            return set_state(work, replay, decision.state, decision.reason)
        staged = pace_rules.next_stage(replay, counts)
        sent = send_next(work, replay.id, pace_rules.allowance(staged, counts, work.now, BATCH))
        advanced = pace_rules.sent(staged, sent, work.now) if sent else staged
        if advanced != replay:
            save_pace(work, advanced)
        return advanced

    def _idle(self, replay: Replay, counts: ReplayCounts, now: datetime) -> timedelta:
        """Return how long no letter was sent or ended; the time in which nobody carried it out does not count."""
        self._carried_since = self._carried_since or now
        return now - max(self._carried_since, replay.resumed_at, counts.moved_at or replay.resumed_at)


def _free(work: UnitOfWork, replay_id: str) -> None:
    work.replays.change(replay_id, {"lease_owner": None, "lease_until": None})
