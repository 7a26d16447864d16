"""Disruptions that need preparation: unroutable events with a collector that is killed over them, and replays of dead
letters that are killed and resumed.
"""

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from faults.context import Context
from faults.crash_points import COLLECTING, CRASH, CRASHED, REPLAYING, Crash
from faults.environment import ROOT
from faults.plan import Publication
from gateways.simulator.gateways import SimulatedGateways
from ledger.errors import LedgerUnavailableError
from ledger.ledger import Ledger
from operations.errors import ReplayBusyError, ReplayRefusedError
from operations.replays import control
from operations.replays.dry_run import plan
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState
from schemas.replays import ReplayPace, ReplayState
from tests.servers.processes import wait_until
from workers.replayer import ReplayRun

REPLAY_TIMEOUT = 240.0
"""Seconds for a replay to be killed, or to end."""

MIN_LETTERS = 5
"""Open dead letters, at least, when a replay begins."""

MAX_PUBLICATIONS = 150
"""Unroutable events, at most, until a collector has crashed: half a minute."""

REPLAY_REASON = "Amazon and Commerce answer again."
FULL_PACE = ReplayPace(rate=1000.0, ramp=False, stop_share=1.0)
MAX_REPLAYS = 3
"""Replays of failed completions: poison among them fails each time."""

SHIPPED = "commerce.shipped"


def publish_unrouted(context: Context) -> int:
    """Publish unroutable events until a collector has crashed over one, at each of its points in turn."""
    crashed = context.fleet.crashed
    crash = Crash("collector", min(COLLECTING, key=lambda point: crashed[f"collector/{point}"]))
    before = crashed[crash.label]
    context.fleet.crash_member(crash)
    for published in range(1, MAX_PUBLICATIONS + 1):
        context.publish(_unreadable(context, "order.exploded"))
        if wait_until(lambda: crashed[crash.label] > before, seconds=0.2):
            return published
    return 0


def kill_replay(context: Context) -> int:
    """Replay dead letters, or resume a replay that was killed, and kill it at the next point."""
    ((replays,),) = context.servers.sql("select count(*) from replays")
    crash = REPLAYING[replays % len(REPLAYING)]
    while _open_letters(context) < MIN_LETTERS:
        context.publish(_unreadable(context, SHIPPED))
        wait_until(lambda: _open_letters(context) >= MIN_LETTERS, seconds=1.0)
    report = context.servers.run / "replay.crashed"
    report.unlink(missing_ok=True)
    # The selection may change before the replay starts, and the lease of a killed replay may still run.
    tried = wait_until(lambda: _run(context, crash, report) == -signal.SIGKILL, seconds=REPLAY_TIMEOUT)
    return int(tried and report.exists())


def resume_replays(ledger: Ledger) -> int:
    """Resume all unfinished replays for one turn each; return how many there were."""
    with ledger.read() as work:
        unfinished = [replay for replay in work.replays.latest(10_000) if replay.ended_at is None]
    for replay in unfinished:
        if replay.state is not ReplayState.RUNNING:
            control.resume(ledger, replay.id, who="trial", why="It was interrupted.")
        with suppress(ReplayBusyError, LedgerUnavailableError):
            ReplayRun(ledger, replay.id, owner="trial").turn()
    return len(unfinished)


def replay_failures(ledger: Ledger) -> int:
    """Replay, as order staff do, completions that failed for an invalid answer; return how many.

    The clock asks for a completion once: what failed stays with people. All else is asked for again by the product, or
    published again by upstream.
    """
    failed = LetterFilter(DeadLetterType.FAILED, LetterState.OPEN, event="completion.requested")
    with ledger.read() as work:
        tried = sum(replay.why == REPLAY_REASON for replay in work.replays.latest(10_000))
    if tried >= MAX_REPLAYS:
        return 0
    try:
        planned = plan(ledger, SimulatedGateways(ledger.documents), failed, FULL_PACE)
        control.start(ledger, failed, planned.token, pace=FULL_PACE, who="trial", why=REPLAY_REASON)
    except ReplayRefusedError:
        return 0  # there are none, or the selection has just changed
    return planned.count


def _unreadable(context: Context, name: str) -> Publication:
    return Publication(name, b"unreadable %d" % context.random.getrandbits(64))


def _open_letters(context: Context) -> int:
    ((letters,),) = context.servers.sql("select count(*) from dead_letters where state = 'open'")
    return int(letters)


def _run(context: Context, crash: Crash, report: Path) -> int:
    env = {**context.fleet.env, CRASH: str(crash), CRASHED: str(report)}
    unfinished = context.servers.sql("select id from replays where ended_at is null and lease_until < now() limit 1")
    chosen = ["--resume", unfinished[0][0]] if unfinished and crash.nth == 1 else ["--yes"]
    words = ["dead-letters", "replay", *chosen, "--rate", "1000", "--stop-share", "1", "--who", "trial"]
    with (context.servers.run / "replays.log").open("ab") as log:
        command = [sys.executable, "-m", "faults.child", *words]
        process = subprocess.run(
            command, env=env, cwd=ROOT, stdout=log, stderr=log, timeout=REPLAY_TIMEOUT, check=False
        )
    return process.returncode
