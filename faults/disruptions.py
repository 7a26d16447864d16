"""Errands: faults for which something has to be done first. Events that nobody takes, with a collector that dies over
them; replays of dead letters that are killed, left lying, and taken up again.
"""

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from faults.context import Scene
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

OUTCOME = 60.0
"""Seconds for a replay to be killed, or to end."""

LETTERS = 5
"""Letters that wait, at least, when a replay begins."""

MOST = 150
"""Events published, at most, until a collector has died: half a minute."""

MENDED = "The outside answers sensibly again."
AT_ONCE = ReplayPace(rate=1000.0, ramp=False, stop_share=1.0)
MOST_TRIES = 3
"""Replays of what failed: poison among it fails each time."""

SHIPPED = "commerce.shipped"


def misroute(scene: Scene) -> int:
    """Publish events that nobody takes until a collector has died over one, at each of its points in turn."""
    crashed = scene.fleet.crashed
    crash = Crash("collector", min(COLLECTING, key=lambda point: crashed[f"collector/{point}"]))
    before = crashed[crash.place]
    scene.fleet.send_out(crash)
    for said in range(1, MOST + 1):
        scene.say(_nonsense(scene, "order.exploded"))
        if wait_until(lambda: crashed[crash.place] > before, seconds=0.2):
            return said
    return 0


def kill_replay(scene: Scene) -> int:
    """Replay dead letters, or go on with a replay that was killed, and kill that at the next point."""
    ((replays,),) = scene.servers.sql("select count(*) from replays")
    crash = REPLAYING[replays % len(REPLAYING)]
    while _waiting(scene) < LETTERS:
        scene.say(_nonsense(scene, SHIPPED))
        wait_until(lambda: _waiting(scene) >= LETTERS, seconds=1.0)
    report = scene.servers.run / "replay.crashed"
    report.unlink(missing_ok=True)
    # What was chosen may change before it is held, and a replay that was killed may have an owner for a while.
    tried = wait_until(lambda: _run(scene, crash, report) == -signal.SIGKILL, seconds=OUTCOME)
    return int(tried and report.exists())


def carry_on(ledger: Ledger) -> int:
    """Carry on all replays that were left lying, one turn each; return how many have not ended."""
    with ledger.read() as work:
        left = [one for one in work.replays.latest(10_000) if one.ended_at is None]
    for replay in left:
        if replay.state is not ReplayState.RUNNING:
            control.resume(ledger, replay.id, who="trial", why="It was left lying.")
        with suppress(ReplayBusyError, LedgerUnavailableError):
            ReplayRun(ledger, replay.id, owner="trial").turn()
    return len(left)


def replay_failures(ledger: Ledger) -> int:
    """Replay, as order staff do, completions that failed by an answer which made no sense; return how many those were.

    The clock asks for a completion once: what failed stays with people. All else is asked for again by the product, or
    said again by upstream.
    """
    wanted = LetterFilter(DeadLetterType.FAILED, LetterState.OPEN, event="completion.requested")
    with ledger.read() as work:
        tried = sum(replay.why == MENDED for replay in work.replays.latest(10_000))
    if tried >= MOST_TRIES:
        return 0
    try:
        planned = plan(ledger, SimulatedGateways(ledger.documents), wanted, AT_ONCE)
        control.start(ledger, wanted, planned.token, pace=AT_ONCE, who="trial", why=MENDED)
    except ReplayRefusedError:
        return 0  # there is none, or the selection has just changed
    return planned.count


def _nonsense(scene: Scene, name: str) -> Publication:
    return Publication(name, b"nonsense %d" % scene.random.getrandbits(64))


def _waiting(scene: Scene) -> int:
    ((letters,),) = scene.servers.sql("select count(*) from dead_letters where state = 'open'")
    return int(letters)


def _run(scene: Scene, crash: Crash, report: Path) -> int:
    env = {**scene.fleet.env, CRASH: str(crash), CRASHED: str(report)}
    left = scene.servers.sql("select id from replays where ended_at is null and lease_until < now() limit 1")
    chosen = ["--resume", left[0][0]] if left and crash.passing == 1 else ["--yes"]
    words = ["dead-letters", "replay", *chosen, "--rate", "1000", "--stop-share", "1", "--who", "trial"]
    with (scene.servers.run / "replays.log").open("ab") as log:
        command = [sys.executable, "-m", "faults.child", *words]
        done = subprocess.run(command, env=env, cwd=ROOT, stdout=log, stderr=log, timeout=OUTCOME, check=False)
    return done.returncode
