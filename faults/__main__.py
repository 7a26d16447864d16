"""`./run faults`: a long trial, or fuzzing, from the command line."""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from random import Random

from faults.broker_cluster import CLUSTER, EXTRA_SECONDS, ClusterServers
from faults.crash_points import points
from faults.fuzz import fuzz
from faults.nemeses import ALL
from faults.report import report
from faults.served import ServedSettings, ServedTrial
from faults.settings import FLEET, TrialSettings, all_crashes
from faults.trial import Trial
from tests.servers.processes import end_all
from workers.process.logs import set_up_logs

EVENTS_PER_SECOND = 50
EVENTS_PER_ORDER = 4.4

FULL_COVERAGE_MINUTES = 10.0
"""Minutes in which each kind of fault is injected, and each crash point of each loop must be reached."""

SERVED_ORDERS, SERVED_RATE = 40, 0.5
"""Orders of the trial through the real clients, at least, and a second."""

ONLY = (
    f"this kind of fault only: {', '.join(ALL)}; or crashes: only crash points; or cluster: three RabbitMQ nodes that"
    " lose a leader"
)


def main() -> int:
    """Run a trial or fuzzing; return 1 when an invariant does not hold."""
    arguments = _arguments()
    if arguments.fuzz:
        return _fuzz(arguments.fuzz, arguments.seed)
    if arguments.served:
        return _served(arguments)
    folder = Path(tempfile.mkdtemp(prefix="crossdock-faults-"))
    trial = Trial(_settings(arguments), folder, lambda line: _print(line) if arguments.verbose else None)
    try:
        history, violations = trial.run()
    except BaseException:
        _print(f"The trial failed; seed {arguments.seed}; logs in {folder}")
        _print("\n".join(trial.timeline))
        end_all(folder, keep=True)
        raise
    _print(report(history, violations))
    missed = [point for point in _all_points() if f"crash at {point}" not in history.faults]
    _print(f"{f'crash points reached, of {len(_all_points())}':<42}{len(_all_points()) - len(missed):>7}")
    _print(f"{'republished':<42}{len(trial.republished):>7}")
    _print(f"SIGTERM to all took {trial.seconds_to_stop:.1f} s; seed {arguments.seed}")
    if violations and not arguments.verbose:
        _print("\n".join(trial.timeline))
    if violations:
        _print(f"Repeat with ./run faults --seed {arguments.seed} --minutes {arguments.minutes}")
        _print(f"Logs and database.sql are in {folder}")
    end_all(folder, keep=bool(violations))
    not_reached = missed if arguments.only is None and arguments.minutes >= FULL_COVERAGE_MINUTES else []
    if not_reached:
        _print(f"Crash points not reached: {', '.join(not_reached)}.")
    return int(bool(violations or not_reached))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run faults", description="Inject faults, and check that no event is lost or handled twice."
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="minutes of faults (default 10)")
    parser.add_argument(
        "--seed", type=int, default=Random().randrange(10**6), help="seed of the schedule, to repeat it"
    )
    parser.add_argument("--rate", type=float, default=EVENTS_PER_SECOND, help="events published a second")
    parser.add_argument("--only", choices=[*ALL, "crashes", "cluster"], metavar="KIND", help=ONLY)
    parser.add_argument("--fuzz", type=int, default=0, metavar="N", help="instead: handle N mutated messages")
    parser.add_argument(
        "--served", action="store_true", help="instead: through the real clients, against a served Amazon and Commerce"
    )
    parser.add_argument(
        "--limit-factor", type=float, default=1.0, help="how much longer than on a quiet machine recovery may take"
    )
    parser.add_argument("--verbose", action="store_true", help="print the timeline")
    return parser.parse_args()


def _served(arguments: argparse.Namespace) -> int:
    set_up_logs("error")  # the world's players retry disturbed calls
    seconds = arguments.minutes * 60
    settings = ServedSettings(arguments.seed, max(SERVED_ORDERS, int(seconds * SERVED_RATE)), seconds)
    folder = Path(tempfile.mkdtemp(prefix="crossdock-faults-"))
    trial = ServedTrial(settings, folder, lambda line: _print(line) if arguments.verbose else None)
    try:
        trial.run()
    except BaseException:
        _print(f"The trial failed; seed {arguments.seed}; logs in {folder}")
        end_all(folder, keep=True)
        raise
    _print(trial.report())
    is_wrong = bool(trial.complaints or trial.lost or trial.doubled)
    if is_wrong:
        _print(f"Repeat with ./run faults --served --seed {arguments.seed} --minutes {arguments.minutes}")
        _print(f"Logs are in {folder}")
    end_all(folder, keep=is_wrong)
    return int(is_wrong)


def _settings(arguments: argparse.Namespace) -> TrialSettings:
    if arguments.only == "cluster":
        seconds = arguments.minutes * 60
        return TrialSettings(
            arguments.seed,
            _order_count(arguments),
            seconds,
            CLUSTER,
            (),
            FLEET,
            servers=ClusterServers,
            extra_seconds=EXTRA_SECONDS,
            limit_factor=arguments.limit_factor,
        )
    nemeses = {kind: nemesis for kind, nemesis in ALL.items() if arguments.only in (None, kind)}
    random = Random(arguments.seed)
    crashes = all_crashes(random) + all_crashes(random) if arguments.only in (None, "crashes") else []
    return TrialSettings(
        arguments.seed,
        _order_count(arguments),
        arguments.minutes * 60,
        nemeses,
        crashes,
        FLEET,
        small=arguments.only is None,
        covering=arguments.only is None and arguments.minutes >= FULL_COVERAGE_MINUTES,
        limit_factor=arguments.limit_factor,
    )


def _all_points() -> list[str]:
    return [f"{loop}/{point}" for loop, names in points().items() for point in names]


def _order_count(arguments: argparse.Namespace) -> int:
    """Return the number of orders."""
    return max(20, int(arguments.minutes * 60 * arguments.rate / EVENTS_PER_ORDER))


def _fuzz(messages: int, seed: int) -> int:
    outcome = fuzz(messages, seed)
    _print(f"{outcome}; seed {seed}")
    return 0


def _print(text: str) -> None:
    sys.stdout.write(text + os.linesep)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
