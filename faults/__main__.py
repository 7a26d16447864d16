"""`./run faults`: a long trial, or fuzzing, from the command line."""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from random import Random

from faults.broker_cluster import CLUSTER, ClusterServers
from faults.crash_points import points
from faults.fuzz import fuzz
from faults.nemeses import ALL
from faults.report import report
from faults.trial import FLEET, Orders, Trial, every_crash
from tests.servers.processes import end_all

EVENTS_A_SECOND = 50
EVENTS_AN_ORDER = 4.4

AFTER_CLUSTER = 60.0
"""Seconds that upstream goes on for then: a node needs up to a minute to come back, and events must come after that."""

LONG = 10.0
"""Minutes in which each crash point of each loop must come up."""

ONLY = (
    f"this kind of fault only: {', '.join(ALL)}; or crashes: the crash points alone; or cluster: three RabbitMQ nodes"
    " that lose a leader"
)


def main() -> int:
    """Run it; end with 1 when an invariant does not hold."""
    chosen = _arguments()
    if chosen.fuzz:
        return _fuzz(chosen.fuzz, chosen.seed)
    run = Path(tempfile.mkdtemp(prefix="crossdock-faults-"))
    trial = Trial(_orders(chosen), run, lambda line: _say(line) if chosen.verbose else None)
    try:
        history, violations = trial.go()
    except BaseException:
        _say(f"The trial broke off; seed {chosen.seed}; logs in {run}")
        _say("\n".join(trial.timeline))
        end_all(run, keep=True)
        raise
    _say(report(history, violations))
    missed = [point for point in _all_points() if f"crash at {point}" not in history.faults]
    _say(f"{f'crash points reached, of {len(_all_points())}':<42}{len(_all_points()) - len(missed):>7}")
    _say(f"{'published again':<42}{len(trial.said_again):>7}")
    _say(f"SIGTERM to all took {trial.seconds_to_stop:.1f} s; seed {chosen.seed}")
    if violations and not chosen.verbose:
        _say("\n".join(trial.timeline))
    if violations:
        _say(f"The same again: ./run faults --seed {chosen.seed} --minutes {chosen.minutes}; logs in {run}")
    end_all(run, keep=bool(violations))
    wanted = missed if chosen.only is None and chosen.minutes >= LONG else []
    if wanted:
        _say(f"Wanted and not reached: {', '.join(wanted)}.")
    return int(bool(violations or wanted))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run faults", description="Break things, and see what is lost or doubled.")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long things break (default 10)")
    parser.add_argument("--seed", type=int, default=Random().randrange(10**6), help="repeats a trial's schedule")
    parser.add_argument("--rate", type=float, default=EVENTS_A_SECOND, help="events published a second")
    parser.add_argument("--only", choices=[*ALL, "crashes", "cluster"], metavar="KIND", help=ONLY)
    parser.add_argument("--fuzz", type=int, default=0, metavar="N", help="instead: N mutated messages to the step")
    parser.add_argument("--verbose", action="store_true", help="tell the timeline while it happens")
    return parser.parse_args()


def _orders(chosen: argparse.Namespace) -> Orders:
    if chosen.only == "cluster":
        seconds = chosen.minutes * 60
        return Orders(
            chosen.seed, _many(chosen), seconds, CLUSTER, (), FLEET, servers=ClusterServers, afterwards=AFTER_CLUSTER
        )
    nemeses = {kind: one for kind, one in ALL.items() if chosen.only in (None, kind)}
    random = Random(chosen.seed)
    crashes = every_crash(random) + every_crash(random) if chosen.only in (None, "crashes") else []
    return Orders(chosen.seed, _many(chosen), chosen.minutes * 60, nemeses, crashes, FLEET)


def _all_points() -> list[str]:
    return [f"{who}/{point}" for who, those in points().items() for point in those]


def _many(chosen: argparse.Namespace) -> int:
    """Return how many orders there are to be."""
    return max(20, int(chosen.minutes * 60 * chosen.rate / EVENTS_AN_ORDER))


def _fuzz(messages: int, seed: int) -> int:
    outcome = fuzz(messages, seed)
    _say(f"{outcome}; seed {seed}")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + os.linesep)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
